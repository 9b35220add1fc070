package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.data.TokenStream;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.Sampling;
import dev.graft.runtime.generate.TokenChoice;
import dev.graft.runtime.train.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues a prompt. */
@Command(
        name = "generate",
        header = "Continue a prompt with a model.",
        description = "Prints the continuation as it comes, until the model ends the text. Greedy unless a temperature"
                + " is given; the same seed gives the same text on every machine.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft generate --base tiny-llama --prompt \"It was a dark night\"",
            "  graft generate --base tiny-llama --adapter my-run --prompt \"Enter the king.\" --temperature 0.8 --seed 1"
        })
final class GenerateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to continue.")
    @SuppressWarnings("NullAway.Init")
    private String prompt;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "100",
            description = "New tokens at most; by default ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Sample with this temperature; 0, the default, takes the likeliest token.")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Sample among the K likeliest tokens; 0 for all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Sample among the fewest likeliest tokens whose probabilities reach P.")
    private double topP;

    @Option(names = "--seed", paramLabel = "N", description = "Of the sampling.")
    private long seed;

    GenerateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        TokenChoice choice = temperature == 0 ? TokenChoice.greedy() : new Sampling(temperature, topK, topP, seed);
        Checkpoint base = options.base();
        try (Tokenizer tokenizer = Tokenizer.open(base.folder());
                TorchEngine engine = options.engine();
                LoadedModel loaded = options.load(engine, base)) {
            TokenStream text = tokenizer.stream(true);
            new Generator(loaded.model(), loaded.weights())
                    .generate(
                            tokenizer.encode(prompt, true),
                            tokens,
                            choice,
                            token -> tokenizer.special().stops().contains(token),
                            token -> {
                                terminal.out().print(text.accept(token));
                                terminal.out().flush();
                            });
            terminal.out().println(text.finish());
        }
        return ExitCode.DONE;
    }
}
