package dev.graft.runtime.train;

import static dev.graft.dsl.Graft.*;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Block;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;
import dev.graft.dsl.TrainingSpec;
import dev.graft.runtime.data.DataSpec;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small surgeries on the embedded checkpoint, emitted, compiled and ready to run; one thread, fp32, 8 short examples a step. */
record TinyRun(Program program, String plan) {
    static final Path HOME = Path.of(System.getProperty("graft.home", "."));
    static final Path BASE = HOME.resolve("samples/checkpoints/tiny-llama");
    private static final Path DATA = HOME.resolve("src/test/resources/training");
    static final Path HELD_OUT = DATA.resolve("shakespeare-held-out.txt");

    /** AdaMoE's mixtures on the last two layers, with balance losses. */
    static TinyRun adamoe(Block<? super TrainingSpec> training) {
        return of(adamoeSurgery(training));
    }

    static Surgery adamoeSurgery(Block<? super TrainingSpec> training) {
        return surgery("adamoe", s -> {
            s.layers(last(2), layer -> {
                layer.attention(a -> a.on(Q, K, V)
                        .mixture(4, e -> e.lora(2))
                        .router(topK(4).nullExperts(5).balance(anneal(2e-2, 1e-4))));
                layer.ffn(f -> f.on(GATE, UP)
                        .mixture(2, e -> e.lora(2))
                        .router(topK(1).nullExperts(1).balance(constant(1e-2))));
            });
            s.training(t -> small(t, training));
        });
    }

    /** Plain LoRAs on layers 1 and 4. */
    static TinyRun lora(Block<? super TrainingSpec> training) {
        return of(surgery("lora", s -> {
            s.layers(exactly(1, 4), layer -> layer.attention(a -> a.on(Q, O).lora(4)));
            s.training(t -> small(t, training));
        }));
    }

    static void small(TrainingSpec t, Block<? super TrainingSpec> more) {
        t.adamW(3e-3).batch(8).length(48).precision(Precision.FP32).threads(1);
        more.accept(t);
    }

    static TinyRun of(Surgery surgery) {
        InjectionPlan plan = Surgeon.plan(surgery, Checkpoint.open(BASE));
        return new TinyRun(
                new ModelEmitter("dev.graft.generated").emit(plan).load(Program.class), PlanJson.write(plan));
    }

    /** On the first windows of some pages of Shakespeare; without validation where that is 0. */
    RunRequest request(Path out, int examples, int validation) {
        RunRequest request = RunRequest.of(BASE, text("shakespeare.txt", examples), out, plan);
        return validation == 0 ? request : request.validation(text("shakespeare-held-out.txt", validation));
    }

    RunResult run(Path out, int examples, int validation) {
        return Trainer.run(program, request(out, examples, validation), Monitor.SILENT);
    }

    private static DataFiles text(String file, int examples) {
        return new DataFiles(DataSpec.text().first(examples), List.of(DATA.resolve(file)));
    }

    /** 32 questions of different lengths, with loss on the answers. */
    RunRequest questions(Path out) {
        return RunRequest.of(BASE, DataFiles.of(DATA.resolve("questions.json")), out, plan);
    }

    static byte[] adapter(Path out) {
        try {
            return Files.readAllBytes(out.resolve("adapter.safetensors"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** All values of an adapter, in the order of the file. */
    static double[] values(Path out) {
        SafetensorsFile file = SafetensorsFile.open(out.resolve("adapter.safetensors"));
        return file.tensors().keySet().stream()
                .flatMapToDouble(name -> java.util.Arrays.stream(file.doubles(name)))
                .toArray();
    }
}
