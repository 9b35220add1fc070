package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.TokenStream;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.Sampling;
import dev.graft.runtime.generate.StopText;
import dev.graft.runtime.generate.TokenChoice;
import dev.graft.runtime.train.ExitCode;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "  graft generate --base tiny-llama --adapter my-run --prompt \"Enter the king.\" --temperature 0.8 --seed 1",
            "  graft generate --base models/smollm2 --prompt \"Q: What is tin?\\nA:\" --stop \"\\n\""
        })
final class GenerateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to continue.")
    @SuppressWarnings("NullAway.Init")
    private String prompt;

    @Option(names = "--chat", description = "Take the prompt as a user's message, in the checkpoint's chat template.")
    private boolean chat;

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
    private @Nullable Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Sample among the fewest likeliest tokens whose probabilities reach P; 1 for all.")
    private @Nullable Double topP;

    @Option(names = "--seed", paramLabel = "N", description = "Of the sampling; by default 0.")
    private @Nullable Long seed;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End before this text; may be repeated. \\n is a line break.")
    private List<String> stops = List.of();

    GenerateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--tokens", tokens, 1);
        TokenChoice choice = choice();
        StopText stop = new StopText(stops.stream().map(OptionValues::text).toList());
        Checkpoint base = options.base(terminal);
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            int[] ids = prompt(tokenizer, base);
            TokenStream text = tokenizer.stream(true);
            try (TorchEngine engine = options.engine();
                    LoadedModel loaded = options.load(engine, base)) {
                new Generator(loaded.model(), loaded.weights())
                        .generate(
                                ids,
                                tokens,
                                choice,
                                token -> tokenizer.special().stops().contains(token),
                                token -> {
                                    print(stop.accept(text.accept(token)));
                                    return !stop.reached();
                                });
            }
            print(stop.accept(text.finish()) + stop.finish() + System.lineSeparator());
        }
        return ExitCode.DONE;
    }

    /** @throws GraftException {@code E_USAGE} for a setting of the sampling without a temperature */
    private TokenChoice choice() {
        if (temperature == 0 && (topK != null || topP != null || seed != null)) {
            throw new GraftException(
                    Issue.error("E_USAGE", "--top-k, --top-p and --seed are of sampling, which needs a temperature")
                            .withFix("say --temperature 0.8, or leave them out for the likeliest tokens"));
        }
        return temperature == 0
                ? TokenChoice.greedy()
                : new Sampling(
                        temperature,
                        Objects.requireNonNullElse(topK, 0),
                        Objects.requireNonNullElse(topP, 1.0),
                        Objects.requireNonNullElse(seed, 0L));
    }

    /** The prompt's ids; there must be one, and room for those to come. */
    private int[] prompt(Tokenizer tokenizer, Checkpoint base) {
        int[] ids = chat ? tokenizer.encodeMessage(prompt) : tokenizer.encodePrompt(prompt, true);
        if (ids.length == 0) {
            throw new GraftException(Issue.error(
                            "E_USAGE",
                            "the prompt is empty, and the tokenizer begins no text" + " with a token of its own")
                    .withFix("say what to continue with --prompt TEXT"));
        }
        int positions = base.config().optionalInteger("max_position_embeddings").orElse(Integer.MAX_VALUE);
        if ((long) ids.length + tokens > positions) {
            throw new GraftException(Issue.error(
                            "E_USAGE",
                            "a prompt of " + ids.length + " tokens and --tokens " + tokens
                                    + " are more than the model's " + positions + " positions")
                    .withFix(
                            "say --tokens " + Math.max(1, positions - ids.length) + " or less, or shorten the prompt"));
        }
        return ids;
    }

    private void print(String text) {
        terminal.out().print(text);
        terminal.out().flush();
    }
}
