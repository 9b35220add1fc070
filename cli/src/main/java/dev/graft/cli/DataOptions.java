package dev.graft.cli;

import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.PromptTemplate;
import dev.graft.runtime.train.DataFiles;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How data files are read. */
final class DataOptions {
    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "How an instruction becomes a prompt: a text with {instruction} and {input} in it, \\n for a"
                    + " line break; by default \"{instruction}\\n\".")
    private @Nullable String template;

    @Option(names = "--first", paramLabel = "N", description = "Use only the first N examples of the training data.")
    private int first;

    /** Instructions where the first file's name ends in .json or .jsonl, otherwise text. */
    DataFiles training(List<Path> files) {
        OptionValues.requireAtLeast("--first", first, 0);
        DataFiles all = validation(files);
        return new DataFiles(all.spec().first(first), files);
    }

    DataFiles validation(List<Path> files) {
        DataSpec spec = DataSpec.of(files.get(0));
        String asked = template;
        return new DataFiles(
                asked == null ? spec : spec.prompt(new PromptTemplate.Plain(OptionValues.text(asked))), files);
    }
}
