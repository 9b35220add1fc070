package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Mixture;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.data.Task;
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

    @Option(
            names = "--cap",
            paramLabel = "N",
            description = "Examples of a task's data set at most, in place of the task's own cap.")
    private int cap;

    @Option(
            names = "--cloze",
            description = "Learn questions with answer choices as a cloze: the question alone, the right answer's text"
                    + " behind it. Without it, instructions are learnt as they stand.")
    private boolean cloze;

    /**
     * Tasks where the first path is a folder of them, instructions where its name ends in .json or .jsonl, otherwise text.
     *
     * @param seed of the mixture of tasks
     */
    DataFiles training(List<Path> files, long seed) {
        OptionValues.requireAtLeast("--first", first, 0);
        OptionValues.requireAtLeast("--cap", cap, 0);
        DataSpec spec = asked(files).first(first);
        if (cap > 0 && spec.format() != DataSpec.Format.TASKS) {
            throw new GraftException(
                    Issue.error("E_USAGE", "--cap is of tasks; " + files.get(0) + " is no folder of them")
                            .withFix("use --first for the first examples of a file"));
        }
        return new DataFiles(spec.mixture(new Mixture(Task.Split.TRAINING, cap, seed)), files);
    }

    /** The same to measure on; of tasks the held-out ones. */
    DataFiles validation(List<Path> files) {
        return new DataFiles(asked(files).mixture(Mixture.heldOut()), files);
    }

    private DataSpec asked(List<Path> files) {
        DataSpec spec = spec(files.get(0), prompt);
        if (!cloze) {
            return spec;
        }
        if (prompt.asked().isPresent()) {
            throw new GraftException(Issue.error("E_USAGE", "a cloze is the question alone: --cloze takes no prompt")
                    .withFix("leave out --cloze, or --chat and --template"));
        }
        return cloze(files.get(0), spec);
    }

    /**
     * Questions learnt as a cloze.
     *
     * @throws GraftException {@code E_USAGE} where the file can't hold questions
     */
    static DataSpec cloze(Path file, DataSpec spec) {
        if (spec.format() != DataSpec.Format.INSTRUCTIONS) {
            throw new GraftException(Issue.error(
                            "E_USAGE",
                            file + " can't be learnt as a cloze: that is of questions with answer choices, in .json and"
                                    + " .jsonl files")
                    .withFix("leave the cloze out, or give it such files"));
        }
        return spec.form(QuestionSpec.Form.CLOZE);
    }

    /** @throws GraftException {@code E_USAGE} where plain text is to be put into a prompt */
    static DataSpec spec(Path file, PromptOptions prompt) {
        DataSpec spec = DataSpec.of(file);
        if (spec.format() != DataSpec.Format.INSTRUCTIONS && prompt.asked().isPresent()) {
            String kind = spec.format() == DataSpec.Format.TASKS ? "has templates of its own" : "is plain text";
            throw new GraftException(Issue.error(
                            "E_USAGE",
                            file + " " + kind + ", which needs no prompt: --chat and --template are of instructions")
                    .withFix("leave the option out, or give instructions as .json or .jsonl"));
        }
        return prompt.asked().map(spec::prompt).orElse(spec);
    }
}
