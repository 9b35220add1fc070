package dev.graft.surgery.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Surgery;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import dev.graft.surgery.SurgeryJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;

/** Checkpoints, adapters with numbers in them, and what models made of the two say. */
final class Models {
    static final Path SAMPLES = Path.of(System.getProperty("graft.home")).resolve("samples/checkpoints");
    private static final int TOKENS = 40;

    private Models() {}

    /** The same numbers, all of them stored as F32. */
    static Checkpoint inFp32(Path source, Path folder) {
        try {
            Files.createDirectories(folder);
            Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsFile file = SafetensorsFile.open(source.resolve("model.safetensors"));
        SafetensorsWriter writer = new SafetensorsWriter();
        file.tensors()
                .values()
                .forEach(tensor -> writer.floats(tensor.name(), tensor.shape(), file.floats(tensor.name())));
        writer.write(folder.resolve("model.safetensors"), IfExists.REFUSE);
        return Checkpoint.open(folder);
    }

    /** An adapter of this surgery with numbers as if trained: uniform within ±size, (IA)³ vectors around 1. */
    static Path adapter(Path file, Surgery surgery, Checkpoint base, double size) {
        InjectionPlan plan = Surgeon.plan(surgery, base);
        Program program = program(plan);
        Random random = new Random(5);
        float[] values = new float[Math.toIntExact(program.layout().elements())];
        int at = 0;
        for (var tensor : program.layout().tensors()) {
            double centre = tensor.name().endsWith(".ia3") ? 1 : 0;
            for (long i = 0; i < tensor.elements(); i++) {
                values[at++] = (float) (centre + size * (2 * random.nextDouble() - 1));
            }
        }
        AdapterHeader header = new AdapterHeader(
                plan.modelHash(), plan.planHash(), 1, SurgeryJson.write(surgery), BaseIdentity.of(base), "");
        AdapterFile.write(file, IfExists.REFUSE, header, program.layout(), values);
        return file;
    }

    /** Merges an adapter into its base, without the command line. */
    static Checkpoint merge(Surgery surgery, Checkpoint base, Path adapter, Path out) {
        merge(surgery, base, adapter).write(out, IfExists.REFUSE, dev.graft.checkpoint.Reuse.LINK);
        return Checkpoint.open(out);
    }

    static Merge merge(Surgery surgery, Checkpoint base, Path adapter) {
        return Merge.of(Surgeon.plan(surgery, base), base, SafetensorsFile.open(adapter), Models::draw);
    }

    static Checkpoint patch(Surgery surgery, Checkpoint base, Path out) {
        Patch.of(Surgeon.plan(surgery, base), base, Models::draw)
                .write(out, IfExists.REFUSE, dev.graft.checkpoint.Reuse.LINK);
        return Checkpoint.open(out);
    }

    private static float[] draw(String module, int rows, int width) {
        try (var drawn = new dev.graft.runtime.model.DrawnRows()) {
            return drawn.draw(module, rows, width);
        }
    }

    /** fp32 logits [T, V] of a checkpoint as it is; an encoder reads the same tokens as its decoder. */
    static float[] logits(Checkpoint base) {
        return logits(
                base,
                Surgeon.untouched(base),
                (engine, program) -> LoadedModel.untouched(engine, program, base, ElementType.FP32));
    }

    /** The same with an adapter. */
    static float[] logits(Checkpoint base, Surgery surgery, Path adapter) {
        return logits(
                base,
                Surgeon.plan(surgery, base),
                (engine, program) -> LoadedModel.adapted(engine, program, base, ElementType.FP32, adapter));
    }

    private static float[] logits(
            Checkpoint base, InjectionPlan plan, BiFunction<TorchEngine, Program, LoadedModel> load) {
        int vocabulary = base.config().positive("vocab_size");
        long[] ids = new Random(7).longs(TOKENS, 0, vocabulary).toArray();
        try (TorchEngine engine = TorchEngine.open("cpu", 1);
                LoadedModel loaded = load.apply(engine, program(plan));
                NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            Rows rows = Rows.of(ops, List.of(Segment.of(TOKENS)));
            Pass pass = Pass.of(loaded.model(), ops, ops.upload(ids), rows);
            boolean encodes = loaded.model().encoderLayers() > 0;
            NDArray hidden = Forward.hidden(loaded.model(), encodes ? pass.from(ops.upload(ids), rows) : pass);
            return ops.floats(ops.logits(hidden, loaded.model().head()));
        }
    }

    private static Program program(InjectionPlan plan) {
        return new ModelEmitter("dev.graft.generated").emit(plan).load(Program.class);
    }

    /** The largest difference, measured by the largest of the expected numbers. */
    static double distance(float[] actual, float[] expected) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
        }
        return difference / largest;
    }
}
