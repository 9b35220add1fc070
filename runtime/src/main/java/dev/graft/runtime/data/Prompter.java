package dev.graft.runtime.data;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.chat.ChatTemplate;
import dev.graft.runtime.chat.Message;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fills a prompt template. */
interface Prompter {
    /** Some templates write the date; data must be the same when a run is resumed on another day. */
    Clock SAME_DAY = Clock.fixed(Instant.parse("2024-07-26T00:00:00Z"), ZoneOffset.UTC);

    /** The text before the answer; null, with a problem noted, where the template would leave the input out. */
    @Nullable
    String prompt(long line, String instruction, String input, DataProblems problems);

    /**
     * The answer as it follows the prompt.
     *
     * @param prompt what {@link #prompt} made of the instruction and its input
     */
    String answer(String prompt, String instruction, String input, String output);

    /** @throws GraftException {@code E_TEMPLATE} where the chat template is asked for and the checkpoint has none */
    static Prompter of(PromptTemplate template, Tokenizer tokenizer) {
        if (template instanceof PromptTemplate.Plain plain) {
            return new PlainPrompter(plain.text());
        }
        return chat(tokenizer);
    }

    /** @throws GraftException {@code E_TEMPLATE} where the checkpoint has no chat template */
    static ChatPrompter chat(Tokenizer tokenizer) {
        ChatTemplate chat = tokenizer
                .chatTemplate(SAME_DAY)
                .orElseThrow(() -> new GraftException(Issue.error("E_TEMPLATE", "the checkpoint has no chat template")
                        .withFix("use a plain prompt instead")));
        return new ChatPrompter(chat, tokenizer.special().texts().getOrDefault("eos_token", ""));
    }

    /** Fills a plain text. */
    record PlainPrompter(String template) implements Prompter {
        @Override
        public @Nullable String prompt(long line, String instruction, String input, DataProblems problems) {
            if (!input.isEmpty() && !template.contains("{input}")) {
                problems.add(
                        line,
                        "it has an input, but the prompt template has no {input}",
                        "use a template such as \"{instruction}\\n{input}\\n\"");
                return null;
            }
            return fill(template, instruction, input);
        }

        @Override
        public String answer(String prompt, String instruction, String input, String output) {
            return output;
        }

        /** Fills both fields in one pass, so that braces in the data stay as they are. */
        private static String fill(String template, String instruction, String input) {
            StringBuilder text = new StringBuilder();
            int at = 0;
            while (at < template.length()) {
                if (template.startsWith("{instruction}", at)) {
                    text.append(instruction);
                    at += "{instruction}".length();
                } else if (template.startsWith("{input}", at)) {
                    text.append(input);
                    at += "{input}".length();
                } else {
                    text.append(template.charAt(at++));
                }
            }
            return text.toString();
        }
    }

    /**
     * Asks the chat template.
     *
     * @param eos the text of the token that ends an answer
     */
    record ChatPrompter(ChatTemplate template, String eos) implements Prompter {
        @Override
        public String prompt(long line, String instruction, String input, DataProblems problems) {
            return prompt(instruction, input);
        }

        String prompt(String instruction, String input) {
            return template.render(List.of(user(instruction, input)), true);
        }

        /** What the template adds to the prompt for the assistant's turn, up to its eos token. */
        @Override
        public String answer(String prompt, String instruction, String input, String output) {
            String whole = template.render(List.of(user(instruction, input), Message.assistant(output)), false);
            // Some templates write less into a past turn than into the prompt for a new one.
            String answer = whole.startsWith(prompt) ? whole.substring(prompt.length()) : output;
            int end = eos.isEmpty() ? -1 : answer.lastIndexOf(eos);
            return end < 0 ? answer : answer.substring(0, end);
        }

        private static Message user(String instruction, String input) {
            return Message.user(input.isEmpty() ? instruction : instruction + "\n" + input);
        }
    }
}
