package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.FileProblem;
import dev.graft.cli.bench.GenerateBench;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.train.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures generation. */
@Command(
        name = "generate",
        header = "Reading a prompt and continuing it, with an adapter and without.",
        description =
                "One sequence with a KV cache, greedily, token by token in turns between the base as it is and, with"
                        + " --adapter, the patched model. The prompt is the beginning of the samples' Shakespeare.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class GenerateBenchCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @Option(
            names = "--prompt",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens of the prompt; by default ${DEFAULT-VALUE}.")
    private int prompt;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "New tokens; by default ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "30",
            description = "About how long to measure; by default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--json", description = "Print as JSON.")
    private boolean json;

    GenerateBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--prompt", prompt, 1);
        OptionValues.requireAtLeast("--tokens", tokens, 1);
        OptionValues.requireAtLeast("--seconds", seconds, 0);
        Checkpoint base = options.base(terminal);
        long[] ids = prompt(base);
        try (TorchEngine engine = options.engine();
                LoadedModel untouched = options.untouched(engine, base);
                @Nullable LoadedModel adapted = options.hasAdapter() ? options.load(engine, base) : null) {
            Map<String, LoadedModel> models = new LinkedHashMap<>();
            models.put("base", untouched);
            if (adapted != null) {
                models.put("adapter", adapted);
            }
            GenerateBench measured = GenerateBench.measure(models, ids, tokens, seconds);
            BenchCommand.show(terminal, json, measured, table(measured));
        }
        return ExitCode.DONE;
    }

    private long[] prompt(Checkpoint base) {
        Path text = Home.data("shakespeare/train.txt");
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            long[] ids = Arrays.stream(tokenizer.encode(Files.readString(text), true))
                    .limit(prompt)
                    .asLongStream()
                    .toArray();
            if (ids.length < prompt) {
                throw new GraftException(Issue.error(
                        "E_USAGE", "the text has " + ids.length + " tokens, fewer than --prompt " + prompt));
            }
            return ids;
        } catch (IOException e) {
            throw FileProblem.of("read", text, e);
        }
    }

    private static TextTable table(GenerateBench measured) {
        TextTable table = new TextTable().row("", "prompt", "tokens/s", "new tokens", "tokens/s", "of base");
        measured.models()
                .forEach(model -> table.row(
                        model.name(),
                        model.prefill().toString(),
                        String.format(Locale.ROOT, "%.0f", model.prefillTokensPerSecond()),
                        model.decode().toString(),
                        String.format(Locale.ROOT, "%.1f", model.decodeTokensPerSecond()),
                        String.format(Locale.ROOT, "%.0f%%", 100 * model.ofFirst())));
        return table;
    }
}
