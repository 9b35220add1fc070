package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.RankClassification;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.Interruption;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.runtime.train.Validation;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model. */
@Command(
        name = "eval",
        header = "Measure a model: perplexity on text, or answers to questions.",
        description = "Text gives the mean loss per token and the perplexity. Instructions give the mean loss of the"
                + " answers. With --choices, questions are answered by the likeliest of their options (rank"
                + " classification).",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft eval --base tiny-llama --data samples/data/shakespeare/validation.txt --length 128",
            "  graft eval --base tiny-llama --adapter my-run --data samples/data/shakespeare/validation.txt",
            "  graft eval --base models/smollm2 --adapter my-run --data openbookqa-test.json --first 100 --choices"
        })
final class EvalCommand implements Callable<Integer> {
    private static final int EXAMPLES_A_PASS = 16;

    private final Terminal terminal;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "Plain text, or .json and .jsonl with instructions or questions.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Mixin
    private final PromptOptions prompt = new PromptOptions();

    @Option(names = "--first", paramLabel = "N", description = "Use only the first N examples; 0 for all.")
    private int first;

    @Option(
            names = "--length",
            paramLabel = "TOKENS",
            defaultValue = "256",
            description = "Tokens of a window of text, and of an example at most; by default ${DEFAULT-VALUE}.")
    private int length;

    @Option(names = "--choices", description = "Answer questions by the likeliest of their options.")
    private boolean choices;

    EvalCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--first", first, 0);
        OptionValues.requireAtLeast("--length", length, 2);
        Checkpoint base = options.base();
        Limits limits = new Limits(length, Training.TooLong.TRUNCATE, Training.Supervision.ANSWERS);
        try (Tokenizer tokenizer = Tokenizer.open(base.folder());
                TorchEngine engine = options.engine();
                LoadedModel loaded = options.load(engine, base)) {
            DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
            TextTable table = choices
                    ? questions(loaded, reader, limits)
                    : losses(
                            loaded,
                            reader.examples(DataOptions.spec(data, prompt).first(first), List.of(data), limits));
            terminal.out().print(table);
        }
        return ExitCode.DONE;
    }

    private static TextTable losses(LoadedModel loaded, Dataset data) {
        Validation validation = new Validation(
                loaded.weights().engine(),
                loaded.model(),
                loaded.program().layout(),
                data.examples(),
                List.of(),
                EXAMPLES_A_PASS,
                new Interruption());
        ValidationMetrics metrics = validation.measure(0).orElseThrow();
        TextTable table = new TextTable()
                .row("examples", Integer.toString(data.examples().size()))
                .row("tokens with loss", Long.toString(metrics.tokens()))
                .row("mean loss", number(metrics.loss()))
                .row("perplexity", number(metrics.perplexity()));
        Double load = metrics.load();
        return load == null ? table : table.row("load", number(load) + " true experts per token and routed site");
    }

    private TextTable questions(LoadedModel loaded, DataReader reader, Limits limits) {
        RankClassification.Score score = new RankClassification(loaded)
                .score(reader.questions(questionSpec(), data, limits).questions());
        return new TextTable()
                .row("questions", Integer.toString(score.questions()))
                .row("accuracy", number(score.accuracy()) + " by log-likelihood")
                .row("", number(score.accuracyPerToken()) + " per token")
                .row("", number(score.accuracyPerCharacter()) + " per character")
                .row("right option", number(score.goldLogProbability()) + " nats on average");
    }

    private QuestionSpec questionSpec() {
        QuestionSpec usual = QuestionSpec.usual().first(first);
        return prompt.asked().map(usual::prompt).orElse(usual);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
