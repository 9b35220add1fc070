package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.train.DataFiles;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How data files are read. */
final class DataOptions {
    @Mixin
    private final PromptOptions prompt = new PromptOptions();

    @Option(names = "--first", paramLabel = "N", description = "Use only the first N examples of the training data.")
    private int first;

    /** Instructions where the first file's name ends in .json or .jsonl, otherwise text. */
    DataFiles training(List<Path> files) {
        OptionValues.requireAtLeast("--first", first, 0);
        DataFiles all = validation(files);
        return new DataFiles(all.spec().first(first), files);
    }

    DataFiles validation(List<Path> files) {
        return new DataFiles(spec(files.get(0), prompt), files);
    }

    /** @throws GraftException {@code E_USAGE} where plain text is to be put into a prompt */
    static DataSpec spec(Path file, PromptOptions prompt) {
        DataSpec spec = DataSpec.of(file);
        if (spec.format() == DataSpec.Format.TEXT && prompt.asked().isPresent()) {
            throw new GraftException(Issue.error(
                            "E_USAGE",
                            file + " is plain text, which needs no prompt: --chat and --template are of"
                                    + " instructions")
                    .withFix("leave the option out, or give instructions as .json or .jsonl"));
        }
        return prompt.asked().map(spec::prompt).orElse(spec);
    }
}
