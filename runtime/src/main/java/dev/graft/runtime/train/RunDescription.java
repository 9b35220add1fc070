package dev.graft.runtime.train;

import ai.djl.engine.Engine;
import dev.graft.dsl.Training;
import dev.graft.runtime.train.Metrics.RunStart;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the first line of the metrics says about a run. */
final class RunDescription {
    private RunDescription() {}

    static RunStart of(Program program, Steps steps, RunData data, RunRequest request, RunIdentity identity) {
        return new RunStart(
                steps.made(),
                steps.total(),
                program.planHash(),
                program.modelHash(),
                program.layout().elements(),
                settings(program.training(), identity),
                read(data, request),
                machine(program.training()));
    }

    /** What was read, and the names of its files: where they lie is nobody's business. */
    private static Map<String, Object> read(RunData data, RunRequest request) {
        Map<String, Object> read = new LinkedHashMap<>(data.summary());
        read.put("training_files", names(request.training()));
        request.validation().ifPresent(files -> read.put("validation_files", names(files)));
        return read;
    }

    private static String names(DataFiles data) {
        return data.files().stream()
                .map(file -> String.valueOf(file.toAbsolutePath().normalize().getFileName()))
                .collect(Collectors.joining(", "));
    }

    private static Map<String, Object> settings(Training training, RunIdentity identity) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("optimizer", training.optimizer().getClass().getSimpleName());
        settings.put("rate", training.optimizer().rate());
        settings.put("shape", word(training.shape()));
        settings.put("warmup_steps", training.warmupSteps());
        settings.put("epochs", training.epochs());
        settings.put("batch", training.batch());
        settings.put("micro_batch", training.microBatch());
        settings.put("length", training.length());
        training.target().ifPresent(target -> settings.put("target_length", target));
        settings.put("supervision", word(training.supervision()));
        settings.put("clip", training.clip());
        settings.put("seed", training.seed());
        settings.put("shuffle", training.shuffle());
        settings.put("precision", word(training.precision()));
        settings.put("recompute", training.recompute());
        if (!identity.start().isEmpty()) {
            settings.put("start", identity.start());
        }
        return settings;
    }

    private static Map<String, Object> machine(Training training) {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("device", training.device());
        machine.put(
                "threads",
                training.threads() > 0
                        ? training.threads()
                        : Runtime.getRuntime().availableProcessors());
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("arch", System.getProperty("os.arch"));
        machine.put("java", System.getProperty("java.version"));
        machine.put("torch", Engine.getEngine("PyTorch").getVersion());
        return machine;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
