package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.PromptTemplate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How an instruction becomes a prompt. */
final class PromptOptions {
    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "How an instruction becomes a prompt: a text with {instruction} and {input} in it, \\n for a"
                    + " line break; by default \"{instruction}\\n\".")
    private @Nullable String template;

    @Option(
            names = "--chat",
            description = "Let the checkpoint's own chat template make prompts of instructions and end the answers.")
    private boolean chat;

    /** What was asked for; empty for the default. */
    Optional<PromptTemplate> asked() {
        String text = template;
        if (chat && text != null) {
            throw new GraftException(Issue.error("E_USAGE", "--chat and --template both say how to make a prompt")
                    .withFix("leave one of them out"));
        }
        return chat
                ? Optional.of(new PromptTemplate.Chat())
                : Optional.ofNullable(text).map(OptionValues::text).map(PromptTemplate.Plain::new);
    }
}
