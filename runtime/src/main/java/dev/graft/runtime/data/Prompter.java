package dev.graft.runtime.data;

import org.jspecify.annotations.Nullable;

/** Fills a prompt template. */
final class Prompter {
    private final PromptTemplate.Plain template;

    Prompter(PromptTemplate template) {
        this.template = (PromptTemplate.Plain) template;
    }

    /** The text before the answer; null, with a problem noted, where the template would leave the input out. */
    @Nullable
    String prompt(long line, String instruction, String input, DataProblems problems) {
        if (!input.isEmpty() && !template.text().contains("{input}")) {
            problems.add(
                    line,
                    "it has an input, but the prompt template has no {input}",
                    "use a template such as \"{instruction}\\n{input}\\n\"");
            return null;
        }
        return fill(template.text(), instruction, input);
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
