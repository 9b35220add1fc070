package dev.graft.cli;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.report.TaskPages;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.OpenQuestion;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.data.Task;
import dev.graft.runtime.data.TaskFolder;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.ConstantAnswers;
import dev.graft.runtime.evaluate.GeneratedAnswers;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.RankClassification;
import dev.graft.runtime.evaluate.TaskEvaluation;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.FlopsCount;
import dev.graft.runtime.train.Interruption;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.runtime.train.RouterMetrics;
import dev.graft.runtime.train.Validation;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model. */
@Command(
        name = "eval",
        header = "Measure a model: perplexity on text, or answers to questions.",
        description = "Text gives the mean loss per token and the perplexity. Instructions give the mean loss of the"
                + " answers. With --ask, questions are answered in one form or several. With --tasks, so are the held-out tasks of a folder: the score of a data set is the"
                + " median over its templates, the last line the mean over the data sets.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft eval --base tiny-llama --data samples/data/shakespeare/validation.txt --length 128",
            "  graft eval --base tiny-llama --adapter my-run --data samples/data/shakespeare/validation.txt",
            "  graft eval --base models/smollm2 --adapter my-run --data openbookqa-test.json --first 100 --ask labels",
            "  graft eval --base tiny-t5 --adapter my-run --tasks samples/data/tasks --out my-run-tasks"
        })
final class EvalCommand implements Callable<Integer> {
    private static final int EXAMPLES_A_PASS = 16;

    private final Terminal terminal;

    @Mixin
    private final ModelOptions options = new ModelOptions();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Source source;

    @Mixin
    private final PromptOptions prompt = new PromptOptions();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "Write the tasks' table here too, as tasks.md and tasks.json, and as tasks.html with the part of"
                            + " each expert in each task.")
    private @Nullable Path out;

    @Option(
            names = "--first",
            paramLabel = "N",
            description = "Use only the first N examples, of each task; 0 for all.")
    private int first;

    @Option(
            names = "--length",
            paramLabel = "TOKENS",
            defaultValue = "256",
            description = "Tokens of a window of text, and of an example at most; by default ${DEFAULT-VALUE}.")
    private int length;

    @Option(
            names = "--target-length",
            paramLabel = "TOKENS",
            description = "Behind an encoder: tokens of a target at most; --length is the source's alone then.")
    private int targetLength;

    @Option(
            names = "--ask",
            split = ",",
            paramLabel = "FORM",
            description = "Answer questions, in one or several forms: labels, by the likeliest of their options (rank"
                    + " classification), of an instruction that ends with \"Answer format: a/b/...\" the labels; cloze, the"
                    + " question alone with the likeliest answer's text behind it; generated, by what is said first in"
                    + " generated text (of numbers, last).")
    private Set<Form> forms = EnumSet.noneOf(Form.class);

    EvalCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--first", first, 0);
        OptionValues.requireAtLeast("--length", length, 2);
        OptionValues.requireAtLeast("--target-length", targetLength, 0);
        if (out != null && source.tasks == null) {
            throw new GraftException(Issue.error("E_USAGE", "--out is of tasks: only their table is written")
                    .withFix("leave it out, or measure with --tasks"));
        }
        if (!forms.isEmpty() && source.tasks != null) {
            throw new GraftException(
                    Issue.error("E_USAGE", "--ask is of --data: tasks are asked by rank classification")
                            .withFix("leave it out, or ask a file with --data"));
        }
        Checkpoint base = options.base(terminal);
        try (Tokenizer tokenizer = Tokenizer.open(base.folder());
                TorchEngine engine = options.engine();
                LoadedModel loaded = options.load(engine, base)) {
            DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
            Limits limits = limits(tokenizer);
            Path data = source.data;
            if (data == null) {
                tasks(loaded, reader, limits);
            } else {
                terminal.out()
                        .print(
                                forms.isEmpty()
                                        ? losses(loaded, reader, data, limits)
                                        : questions(loaded, reader, tokenizer, data, limits));
            }
        }
        return ExitCode.DONE;
    }

    private Limits limits(Tokenizer tokenizer) {
        if (targetLength > 0 && tokenizer.special().decoderStart().isEmpty()) {
            throw new GraftException(Issue.error("E_USAGE", "--target-length is of models with an encoder")
                    .withFix("leave it out: --length counts all tokens of an example"));
        }
        return new Limits(
                length + targetLength,
                targetLength == 0 ? OptionalInt.empty() : OptionalInt.of(targetLength),
                Training.TooLong.TRUNCATE,
                Training.Supervision.ANSWERS);
    }

    private void tasks(LoadedModel loaded, DataReader reader, Limits limits) {
        List<Task> tasks = TaskFolder.read(Objects.requireNonNull(source.tasks, "one of both is given"))
                .of(Task.Split.HELD_OUT);
        TaskEvaluation evaluation = new TaskEvaluation(tasks, reader, first, limits);
        TaskTable table = new TaskTable(asking(monitor -> evaluation.score(loaded, monitor)));
        terminal.out().print(table);
        Path folder = out;
        if (folder != null) {
            AtomicFile.write(folder.resolve("tasks.md"), IfExists.REPLACE, table.markdown());
            AtomicFile.write(folder.resolve(TaskPages.SOURCE), IfExists.REPLACE, table.json());
            TaskPages.write(folder, List.of());
        }
    }

    private TextTable losses(LoadedModel loaded, DataReader reader, Path file, Limits limits) {
        Dataset data = reader.examples(DataOptions.spec(file, prompt).first(first), List.of(file), limits);
        Validation validation = new Validation(
                loaded.weights().engine(),
                loaded.model(),
                new RouterMetrics(loaded.program().layout(), FlopsCount.NONE),
                data,
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

    /** Shows how far it has come. */
    private <T> T asking(Function<AskingMonitor, T> questions) {
        try (AskingProgress progress = AskingProgress.on(terminal)) {
            return questions.apply(progress);
        }
    }

    private TextTable questions(LoadedModel loaded, DataReader reader, Tokenizer tokenizer, Path data, Limits limits) {
        TextTable table = new TextTable();
        if (forms.contains(Form.LABELS)) {
            List<Question> questions =
                    reader.questions(questionSpec(), data, limits).questions();
            rows(table, "labels", ranked(loaded, questions));
            ConstantAnswers constant = ConstantAnswers.of(questions);
            table.row("", number(constant.majority()) + " would be right with always the same");
            table.row("", number(constant.chance()) + " by guessing, a loss of " + number(constant.uniformLoss()));
        }
        if (forms.contains(Form.CLOZE)) {
            QuestionSpec spec = questionSpec().form(QuestionSpec.Form.CLOZE);
            List<Question> questions = reader.questions(spec, data, limits).questions();
            rows(table, "cloze", ranked(loaded, questions));
        }
        if (forms.contains(Form.GENERATED)) {
            List<OpenQuestion> questions = reader.openQuestions(questionSpec(), data, limits.length());
            GeneratedAnswers.Score score =
                    asking(monitor -> new GeneratedAnswers(loaded, tokenizer, monitor).score(questions));
            table.row("generated", score.questions() + " questions");
            table.row("", number(score.accuracy()) + " right");
            table.row("", number(score.unanswered()) + " without an answer");
        }
        return table;
    }

    private RankClassification.Score ranked(LoadedModel loaded, List<Question> questions) {
        return asking(monitor -> new RankClassification(loaded, monitor).score(questions));
    }

    private static void rows(TextTable table, String form, RankClassification.Score score) {
        table.row(form, score.questions() + " questions");
        table.row("", number(score.accuracy()) + " right by log-likelihood");
        table.row("", number(score.accuracyPerToken()) + " per token");
        table.row("", number(score.accuracyPerCharacter()) + " per character");
        table.row("", number(-score.goldLogProbability()) + " nats, loss of the right option");
        table.row("", number(-score.goldLabel()) + " nats, of what tells it from the others");
    }

    private QuestionSpec questionSpec() {
        QuestionSpec usual = QuestionSpec.usual().first(first);
        return prompt.asked().map(usual::prompt).orElse(usual);
    }

    /** How questions are asked. */
    enum Form {
        LABELS,
        CLOZE,
        GENERATED
    }

    /** A file or tasks. */
    static final class Source {
        @Option(
                names = "--data",
                required = true,
                paramLabel = "FILE",
                description = "Plain text, or .json and .jsonl with instructions or questions.")
        private @Nullable Path data;

        @Option(
                names = "--tasks",
                required = true,
                paramLabel = "FOLDER",
                description = "The held-out tasks of a folder: rank classification in each of their templates.")
        private @Nullable Path tasks;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
