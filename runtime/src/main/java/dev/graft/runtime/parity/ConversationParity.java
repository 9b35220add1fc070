package dev.graft.runtime.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The golden file of a real checkpoint: the logits after some prompts, their greedy continuations, and the
 * log-probabilities of a passage. In bf16 the references are the fp32 numbers, and continuations of the first two prompts.
 */
final class ConversationParity {
    private static final double FP32_LOGITS = 5e-4;
    private static final double FP32_LOG_PROBABILITY = 2e-4;
    private static final double BF16_LOGITS = 2.5e-2;
    private static final double BF16_MEAN_NLL = 1e-2;
    private static final int BF16_CONTINUATIONS = 2;

    private final SafetensorsFile golden;
    private final Weights weights;
    private final LanguageModel model;
    private final boolean half;

    ConversationParity(SafetensorsFile golden, Weights weights, LanguageModel model) {
        this.golden = golden;
        this.weights = weights;
        this.model = model;
        this.half = weights.precision() == ElementType.BF16;
    }

    List<Difference> compare() {
        List<Difference> differences = new ArrayList<>();
        for (int prompt = 0; golden.tensors().containsKey("ids." + prompt); prompt++) {
            differences.add(lastLogits(prompt));
            if (!half) {
                differences.add(continuation("fp32.generated." + prompt, prompt));
            } else if (prompt < BF16_CONTINUATIONS) {
                differences.add(continuation("bf16.generated." + prompt, prompt));
            }
        }
        differences.add(passage());
        return differences;
    }

    private Difference lastLogits(int prompt) {
        long[] ids = golden.longs("ids." + prompt);
        double[] reference = golden.doubles("fp32.last_logits." + prompt);
        try (NDManager scope = weights.engine().scope()) {
            Ops ops = weights.engine().ops(scope);
            NDArray last = ops.narrow(hidden(ops, ids), 0, ids.length - 1, 1);
            float[] ours = ops.floats(ops.logits(last, model.head()));
            return half
                    ? Difference.relativeL2("bf16 last_logits." + prompt, ours, reference, BF16_LOGITS)
                    : Difference.maxAbs("fp32.last_logits." + prompt, ours, reference, FP32_LOGITS);
        }
    }

    private Difference continuation(String name, int prompt) {
        return Parity.greedy(golden, name, weights, model, golden.longs("ids." + prompt));
    }

    private Difference passage() {
        long[] ids = golden.longs("ids.passage");
        double[] reference = golden.doubles("fp32.passage_logprob");
        try (NDManager scope = weights.engine().scope()) {
            Ops ops = weights.engine().ops(scope);
            NDArray states = ops.narrow(hidden(ops, ids), 0, 0, ids.length - 1);
            NDArray labels = ops.upload(Arrays.copyOfRange(ids, 1, ids.length));
            float[] ours = ops.floats(ops.logProbs(states, model.head(), labels, ids.length));
            if (!half) {
                return Difference.maxAbs("fp32.passage_logprob", ours, reference, FP32_LOG_PROBABILITY);
            }
            double mean = 0;
            for (int i = 0; i < ours.length; i++) {
                mean += (ours[i] - reference[i]) / ours.length;
            }
            return new Difference("bf16 passage mean NLL", "abs", Math.abs(mean), BF16_MEAN_NLL);
        }
    }

    private NDArray hidden(Ops ops, long[] ids) {
        Rows rows = Rows.of(ops, List.of(Segment.of(ids.length)));
        return Forward.hidden(model, Pass.of(model, ops, ops.upload(ids), rows));
    }
}
