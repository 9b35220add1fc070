package dev.graft.runtime.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Graft;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Routing;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The golden file of a tiny checkpoint in one precision: all states, logits, loss, gradients and a greedy continuation. */
final class StateParity {
    private static final String GRADIENT = "grad.";
    private static final String TOTAL_GRADIENT = "grad_total.";
    private static final String AUXILIARY = "aux_loss";

    private final SafetensorsFile golden;
    private final Weights weights;
    private final LanguageModel model;
    private final String prefix;
    private final Set<String> learning;
    private final boolean learns;
    private final Tolerances tolerances;
    private final GoldenBatch batch;
    private final List<Difference> differences = new ArrayList<>();

    StateParity(SafetensorsFile golden, Weights weights, Function<Weights, LanguageModel> newModel) {
        boolean half = weights.precision() == ElementType.BF16;
        this.golden = golden;
        this.weights = weights;
        this.prefix = half ? Parity.BF16 : "";
        this.learning = namesBehind(GRADIENT);
        Set<String> leaves = new TreeSet<>(learning);
        leaves.addAll(totals());
        weights.makeLeaves(leaves);
        this.learns = !leaves.isEmpty();
        this.model = newModel.apply(weights);
        Tolerances fp32 = model.encoderLayers() > 0 ? Tolerances.T5 : Tolerances.FP32;
        this.tolerances = half ? Tolerances.BF16 : fp32;
        this.batch = GoldenBatch.of(golden);
    }

    private Set<String> totals() {
        return namesBehind(TOTAL_GRADIENT);
    }

    private Set<String> namesBehind(String kind) {
        return golden.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix + kind))
                .map(name -> name.substring((prefix + kind).length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    List<Difference> compare() {
        GoldenBatch predicting = model.encoderLayers() > 0 ? GoldenBatch.ofDecoder(golden) : batch;
        try (NDManager scope = weights.engine().scope()) {
            Ops ops = weights.engine().recording(scope);
            NDArray hidden = model.encoderLayers() > 0 ? behindEncoder(ops, predicting) : alone(ops);
            compare("logits", ops, ops.logits(hidden, model.head()), predicting);
            NDArray loss = loss(ops, hidden, predicting);
            if (golden.tensors().containsKey(prefix + "loss")) {
                compare("loss", ops.scalar(loss), tolerances.loss());
            }
            if (learns) {
                ops.autograd().backward(loss);
            }
            for (String name : learning) {
                differences.add(tolerances.gradient(
                        prefix + GRADIENT + name,
                        ops.floats(ops.autograd().gradient(weights.get(name))),
                        golden.doubles(prefix + GRADIENT + name)));
            }
        }
        if (golden.tensors().containsKey(prefix + AUXILIARY)) {
            compareAuxiliary();
        }
        if (golden.tensors().containsKey(prefix + "generated")) {
            differences.add(Parity.greedy(golden, prefix + "generated", weights, model, batch.firstRow()));
        }
        return differences;
    }

    /**
     * The pretraining's balance loss on its own, and the routers' gradients of both losses together: those of the LM loss
     * are there already.
     */
    private void compareAuxiliary() {
        double coefficient = weights.config().decimal("router_aux_loss_coef");
        try (NDManager scope = weights.engine().scope()) {
            Ops ops = weights.engine().recording(scope);
            Pass pass = pass(ops, batch);
            double loss = ops.scalar(loss(ops, Forward.hidden(model, pass), batch));
            List<List<RouterStatistics>> layers = pass.routing().entries().stream()
                    .map(entry -> List.of(entry.decision().statistics()))
                    .toList();
            NDArray balance = ops.mixtures().balanceLoss(layers, Balance.of(Graft.constant(1)), 1);
            double auxiliary = ops.scalar(balance);
            compare(AUXILIARY, auxiliary, tolerances.balance());
            compare("loss_total", loss + coefficient * auxiliary, tolerances.loss());
            ops.autograd().backward(ops.scale(balance, coefficient));
            for (String name : totals()) {
                NDArray gradient = ops.autograd().gradient(weights.get(name));
                differences.add(tolerances.gradient(
                        prefix + TOTAL_GRADIENT + name,
                        ops.floats(gradient),
                        golden.doubles(prefix + TOTAL_GRADIENT + name)));
            }
        }
    }

    private NDArray alone(Ops ops) {
        Pass pass = pass(ops, batch);
        NDArray last = model.finalNorm(pass, layers("hidden.", pass, batch, 0, model.layers())); // [T, d]
        for (Routing.Entry entry : pass.routing().entries()) {
            compare(
                    "router_logits." + entry.layer(),
                    ops,
                    Objects.requireNonNull(entry.decision().logits()),
                    batch);
        }
        compare("hidden.final", ops, last, batch);
        return last;
    }

    private NDArray behindEncoder(Ops ops, GoldenBatch decoded) {
        Pass whole = pass(ops, decoded).from(ops.upload(batch.ids()), Rows.of(ops, batch.segments()));
        int encoderLayers = model.encoderLayers();
        NDArray encoded = layers("encoder_hidden.", whole.encoding(), batch, 0, encoderLayers);
        NDArray memory = model.encoderNorm(whole.encoding(), encoded); // [M, d]
        compare("encoder_hidden.final", ops, memory, batch);
        Pass decoding = whole.reading(memory);
        NDArray hidden = layers("decoder_hidden.", decoding, decoded, encoderLayers, model.layers());
        NDArray last = model.finalNorm(decoding, hidden); // [T, d]
        compare("decoder_hidden.final", ops, last, decoded);
        return last;
    }

    private Pass pass(Ops ops, GoldenBatch rows) {
        return Pass.of(model, ops, ops.upload(rows.ids()), Rows.of(ops, rows.segments()));
    }

    private NDArray layers(String name, Pass pass, GoldenBatch rows, int first, int end) {
        NDArray hidden = model.embed(pass);
        compare(name + "embed", pass.ops(), hidden, rows);
        for (int layer = first; layer < end; layer++) {
            hidden = model.layer(pass, layer, hidden);
            compare(name + (layer - first), pass.ops(), hidden, rows);
        }
        return hidden;
    }

    private void compare(String name, double ours, double tolerance) {
        double difference = Math.abs(ours - golden.doubles(prefix + name)[0]);
        differences.add(new Difference(prefix + name, "abs", difference, tolerance));
    }

    /** Compares what the file has. */
    private void compare(String name, Ops ops, NDArray ours, GoldenBatch rows) {
        if (golden.tensors().containsKey(prefix + name)) {
            differences.add(
                    tolerances.states(prefix + name, ops.floats(ours), rows.real(golden.doubles(prefix + name))));
        }
    }

    /** Mean over all labels of the batch. */
    private NDArray loss(Ops ops, NDArray hidden, GoldenBatch predicting) {
        long[] labels = predicting.labels();
        NDArray states = ops.rowsAt(hidden, ops.upload(predicting.supervised()));
        NDArray sum = ops.lossAt(states, model.head(), ops.upload(labels), labels.length);
        return ops.scale(sum, 1.0 / labels.length);
    }
}
