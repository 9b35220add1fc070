package dev.graft.samples;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Block;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.Surgeon;
import dev.graft.surgery.SurgeryJson;
import java.nio.file.Path;

/**
 * A trained model in your own Java: opens base and adapter, and puts the generated model, which is a DJL {@code Block},
 * into a DJL {@code Predictor} with a {@code Translator} from text to text. Start it with
 * {@code graft run plain-lora --data train.txt --out my-run} behind you and the arguments base, my-run and a prompt.
 */
public final class LinePredictor implements AutoCloseable {
    private final TorchEngine engine;
    private final Tokenizer tokenizer;
    private final LoadedModel loaded;
    private final Model model;
    private final Predictor<String, String> predictor;

    /**
     * Opens both.
     *
     * @param base the checkpoint's folder
     * @param run a run's folder or its adapter.safetensors
     */
    public LinePredictor(Path base, Path run) {
        Checkpoint checkpoint = Checkpoint.open(base);
        AdapterFile adapter = AdapterFile.open(AdapterFile.in(run));
        // The adapter knows its spec; with the project of `graft emit`, say `new MyTraining()` instead.
        Program program = new ModelEmitter("generated.predicted")
                .emit(Surgeon.plan(SurgeryJson.read(adapter.header().spec()), checkpoint))
                .load(Program.class);
        engine = TorchEngine.open("cpu", 0);
        tokenizer = Tokenizer.open(base);
        loaded = LoadedModel.adapted(engine, program, checkpoint, ElementType.FP32, AdapterFile.in(run));
        model = Model.newInstance("lines", "PyTorch");
        model.setBlock((Block) loaded.model());
        predictor = model.newPredictor(new NextToken(tokenizer));
    }

    /** The prompt's line, continued to its end with the likeliest tokens. */
    public String complete(String prompt) throws TranslateException {
        StringBuilder line = new StringBuilder(prompt);
        for (int i = 0; i < 32; i++) {
            String next = predictor.predict(line.toString());
            int end = next.indexOf('\n');
            line.append(end < 0 ? next : next.substring(0, end));
            if (next.isEmpty() || end >= 0) {
                break;
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        predictor.close();
        model.close();
        loaded.close();
        tokenizer.close();
        engine.close();
    }

    /** Continues a line. */
    public static void main(String[] arguments) throws TranslateException {
        try (LinePredictor lines = new LinePredictor(Path.of(arguments[0]), Path.of(arguments[1]))) {
            System.out.println(lines.complete(arguments[2]));
        }
    }

    /** Text to its likeliest next token's text; empty at the end of the text. */
    private record NextToken(Tokenizer tokenizer) implements NoBatchifyTranslator<String, String> {
        @Override
        public NDList processInput(TranslatorContext context, String text) {
            int[] ids = tokenizer.encode(text, true);
            long[] wide = java.util.Arrays.stream(ids).asLongStream().toArray();
            return new NDList(context.getNDManager().create(wide).reshape(1, wide.length)); // [1, S]
        }

        @Override
        public String processOutput(TranslatorContext context, NDList output) {
            NDArray last = output.singletonOrThrow().get(new NDIndex("0, -1")); // [V], of [1, S, V]
            int token = Math.toIntExact(last.argMax().getLong());
            return tokenizer.special().stops().contains(token) ? "" : tokenizer.decode(new int[] {token}, true);
        }
    }
}
