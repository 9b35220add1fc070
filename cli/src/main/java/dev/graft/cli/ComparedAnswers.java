package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.IfExists;
import dev.graft.dsl.Training;
import dev.graft.report.Score;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What the models of a comparison answer to its questions, in the precision that they were trained in. Scores are kept
 * beside each model, in a file named after the questions, so that none is asked twice.
 */
final class ComparedAnswers {
    private static final int HASH = 12;
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Checkpoint base;
    private final List<ComparedQuestions> questions;
    private final Terminal terminal;
    private final String hash;

    ComparedAnswers(Checkpoint base, List<ComparedQuestions> questions, Terminal terminal) {
        this.base = base;
        this.questions = questions;
        this.terminal = terminal;
        ContentHash content = new ContentHash();
        questions.forEach(each -> each.addTo(content));
        this.hash = content.hex().substring(0, HASH);
    }

    /** Those of a finished run's model. */
    List<Score> adapted(InjectionPlan plan, Path run) {
        Path adapter = run.resolve(AdapterFile.NAME);
        return scores(run, plan.surgery().training(), (engine, precision) -> {
            Program program = GeneratedProgram.of(plan);
            return LoadedModel.adapted(engine, program, base, precision, adapter);
        });
    }

    /** Those of the base as it is. */
    List<Score> untouched(Training training, Path folder) {
        return scores(folder, training, (engine, precision) -> {
            Program program = GeneratedProgram.of(Surgeon.untouched(base));
            return LoadedModel.untouched(engine, program, base, precision);
        });
    }

    /** Those of always the same answer; empty where that says nothing. */
    List<Score> constant() {
        return all(ComparedQuestions::constant);
    }

    private List<Score> scores(Path folder, Training training, Loading loading) {
        if (questions.isEmpty()) {
            return List.of();
        }
        Path file = folder.resolve("scores-"
                + ElementType.of(training.precision()).name().toLowerCase(Locale.ROOT) + "-" + hash + ".json");
        if (!Files.exists(file)) {
            terminal.out().println("asking " + folder.getFileName());
            try (TorchEngine engine = TorchEngine.open("cpu", training.threads());
                    LoadedModel loaded = loading.load(engine, ElementType.of(training.precision()));
                    AskingProgress progress = AskingProgress.on(terminal)) {
                AtomicFile.write(file, IfExists.REPLACE, json(all(asked -> asked.ask(loaded, folder, progress))));
            }
        }
        return read(file);
    }

    private List<Score> all(Function<ComparedQuestions, List<Score>> of) {
        List<Score> scores = new ArrayList<>();
        questions.forEach(each -> scores.addAll(of.apply(each)));
        return scores;
    }

    private static String json(List<Score> scores) {
        try {
            return JSON.writeValueAsString(scores) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Score> read(Path file) {
        try {
            return JSON.readValue(file.toFile(), new TypeReference<List<Score>>() {});
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    /** Loads a model. */
    @FunctionalInterface
    private interface Loading {
        LoadedModel load(TorchEngine engine, ElementType precision);
    }
}
