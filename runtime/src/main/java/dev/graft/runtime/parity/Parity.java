package dev.graft.runtime.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.TokenChoice;
import dev.graft.runtime.model.CausalModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Runs the unpatched model of a checkpoint on the inputs of a golden file and compares: states after each layer, logits,
 * loss, the listed gradients and the greedy continuation. In fp32 always, in bf16 where the golden has {@code bf16.*}.
 */
public final class Parity {
    private static final String BF16 = "bf16.";
    private static final String GRADIENT = "grad.";

    private final TorchEngine engine;
    private final Checkpoint checkpoint;
    private final Function<Weights, CausalModel> newModel;

    /** @param newModel makes the model of the checkpoint on its frozen weights */
    public Parity(TorchEngine engine, Checkpoint checkpoint, Function<Weights, CausalModel> newModel) {
        this.engine = engine;
        this.checkpoint = checkpoint;
        this.newModel = newModel;
    }

    /**
     * Every difference, in the order of the model.
     *
     * @throws GraftException {@code E_GOLDEN} if the file holds nothing to compare
     */
    public List<Difference> compare(SafetensorsFile golden) {
        List<Difference> differences = new ArrayList<>();
        boolean conversation = golden.tensors().containsKey("ids.passage");
        if (!conversation && !golden.tensors().containsKey("logits")) {
            throw new GraftException(Issue.error("E_GOLDEN", "the golden file has neither 'logits' nor 'ids.passage'")
                    .withFix("see the README beside the golden checkpoints for the expected tensors"));
        }
        for (ElementType precision : List.of(ElementType.FP32, ElementType.BF16)) {
            boolean half = precision == ElementType.BF16;
            if (half && golden.tensors().keySet().stream().noneMatch(name -> name.startsWith(BF16))) {
                continue;
            }
            try (Weights weights = new Weights(engine, checkpoint, precision)) {
                differences.addAll(
                        conversation
                                ? new ConversationParity(golden, weights, newModel.apply(weights)).compare()
                                : compare(golden, weights, half));
            }
        }
        return differences;
    }

    private List<Difference> compare(SafetensorsFile golden, Weights weights, boolean half) {
        String prefix = half ? BF16 : "";
        Tolerances tolerances = half ? Tolerances.BF16 : Tolerances.FP32;
        GoldenBatch batch = GoldenBatch.of(golden);
        Set<String> learning = golden.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix + GRADIENT))
                .map(name -> name.substring((prefix + GRADIENT).length()))
                .collect(Collectors.toCollection(java.util.TreeSet::new));
        weights.makeLeaves(learning);
        CausalModel model = newModel.apply(weights);
        List<Difference> differences = new ArrayList<>();
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.recording(scope);
            Pass pass = Pass.of(model, ops, ops.upload(batch.ids()), Rows.of(ops, batch.segments()));
            NDArray hidden = model.embed(pass);
            differences.add(state(golden, prefix + "hidden.embed", ops, hidden, batch, tolerances));
            for (int layer = 0; layer < model.layers(); layer++) {
                hidden = model.layer(pass, layer, hidden);
                if (golden.tensors().containsKey(prefix + "hidden." + layer)) {
                    differences.add(state(golden, prefix + "hidden." + layer, ops, hidden, batch, tolerances));
                }
            }
            hidden = model.finalNorm(pass, hidden);
            differences.add(state(golden, prefix + "hidden.final", ops, hidden, batch, tolerances));
            differences.add(state(golden, prefix + "logits", ops, ops.logits(hidden, model.head()), batch, tolerances));
            NDArray loss = loss(ops, hidden, model, batch);
            differences.add(new Difference(
                    prefix + "loss",
                    "abs",
                    Math.abs(ops.scalar(loss) - golden.doubles(prefix + "loss")[0]),
                    tolerances.loss()));
            ops.autograd().backward(loss);
            for (String name : learning) {
                differences.add(tolerances.gradient(
                        prefix + GRADIENT + name,
                        ops.floats(ops.autograd().gradient(weights.get(name))),
                        golden.doubles(prefix + GRADIENT + name)));
            }
        }
        if (golden.tensors().containsKey(prefix + "generated")) {
            differences.add(greedy(golden, prefix + "generated", weights, model, batch.firstRow()));
        }
        return differences;
    }

    private static Difference state(
            SafetensorsFile golden, String name, Ops ops, NDArray ours, GoldenBatch batch, Tolerances tolerances) {
        return tolerances.states(name, ops.floats(ours), batch.real(golden.doubles(name)));
    }

    /** Mean over all next tokens of the batch. */
    private static NDArray loss(Ops ops, NDArray hidden, CausalModel model, GoldenBatch batch) {
        long[] supervised = batch.supervised();
        NDArray states = ops.rowsAt(hidden, ops.upload(supervised));
        NDArray sum = ops.lossAt(states, model.head(), ops.upload(batch.labels()), supervised.length);
        return ops.multiply(sum, ops.upload(new float[] {1f / supervised.length}));
    }

    static Difference greedy(SafetensorsFile golden, String name, Weights weights, CausalModel model, long[] prompt) {
        long[] reference = golden.longs(name);
        int[] ids = Arrays.stream(prompt).mapToInt(Math::toIntExact).toArray();
        int[] ours = new Generator(model, weights)
                .generate(ids, reference.length, TokenChoice.greedy(), token -> false, token -> true);
        return Difference.tokens(name, Arrays.stream(ours).asLongStream().toArray(), reference);
    }
}
