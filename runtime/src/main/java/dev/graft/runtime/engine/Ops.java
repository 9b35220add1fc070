package dev.graft.runtime.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.runtime.random.RandomKey;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The composites that dense layers are made of; each is one call into the engine and works in fp32 and bf16, on every
 * device. Results belong to the scope that the object was made for. In the shapes T is the number of tokens of a ragged
 * batch ({@link Rows}), d the hidden size, o an output size, V the vocabulary.
 *
 * <p>A shape or type that an operator refuses is a fault of the caller and an {@link IllegalStateException}.
 */
public final class Ops {
    private final Calls calls;

    Ops(Calls calls) {
        this.calls = calls;
    }

    /** The owner of the results. */
    public NDManager scope() {
        return calls.scope();
    }

    /** The same operators with another owner of the results. */
    public Ops in(NDManager scope) {
        return new Ops(calls.in(scope));
    }

    /** Routers and experts, with the same owner. */
    public Mixtures mixtures() {
        return new Mixtures(calls);
    }

    /** Mixture-of-experts blocks and what stands beside them, with the same owner. */
    public Experts experts() {
        return new Experts(calls);
    }

    /** Leaves and backward passes, with the same owner. */
    public Autograd autograd() {
        return new Autograd(calls);
    }

    /** Optimizer steps, with the same owner. */
    public Updates updates() {
        return new Updates(calls);
    }

    // ---- host and device ----

    /** int64 [n] on the device. */
    public NDArray upload(long[] values) {
        try (NDManager host = calls.scope().newSubManager(Device.cpu())) {
            return calls.one("upload", host.create(values), calls.anchor());
        }
    }

    /** fp32 of the given shape on the device. */
    public NDArray upload(float[] values, long... shape) {
        try (NDManager host = calls.scope().newSubManager(Device.cpu())) {
            return calls.one("upload", host.create(values, new Shape(shape)), calls.anchor());
        }
    }

    /** The elements of a tensor of any type, row by row; at most 2^29 of them. */
    public float[] floats(NDArray x) {
        try (NDArray host = calls.one("host_floats", x)) {
            return host.toFloatArray();
        }
    }

    /** The elements of tensors of any type, one tensor behind the other; waits for the device once. */
    public float[] floats(List<NDArray> tensors) {
        if (tensors.isEmpty()) {
            return new float[0];
        }
        try (NDArray host = calls.one("host_floats_of", tensors)) {
            return host.toFloatArray();
        }
    }

    /** The elements of an integer tensor, row by row. */
    public long[] longs(NDArray x) {
        try (NDArray host = calls.one("host_longs", x)) {
            return host.toLongArray();
        }
    }

    /** The one element of a scalar; waits for the device. */
    public float scalar(NDArray x) {
        return floats(x)[0];
    }

    public NDArray zeros(ElementType type, long... shape) {
        return calls.one("zeros", shape, type.number(), calls.anchor());
    }

    /** x as another type, with gradients; x itself (another handle on it) where it has that type. */
    public NDArray cast(NDArray x, ElementType type) {
        return calls.one("cast", x, type.number());
    }

    /**
     * A file as elements of one type, from its first byte, mapped and not read; always in host memory.
     *
     * @param elements how many; the file may be longer
     */
    public NDArray mapFile(Path file, ElementType type, long elements) {
        return calls.one("map_file", file.toString(), elements, type.number());
    }

    /**
     * A tensor of a mapped file: a view of the mapping where {@code as} is the file's type and the device the CPU,
     * otherwise a converted copy on the device.
     *
     * @param offset of its first element, counted in elements from the start of the file
     */
    public NDArray mapped(NDArray file, long offset, ElementType as, long... shape) {
        return calls.one("mapped", file, offset, shape, as.number(), calls.anchor());
    }

    /** fp32 numbers uniform on [low, high): numbers 0, 1, … of the key's stream, the same on every device. */
    public NDArray uniform(RandomKey key, double low, double high, long... shape) {
        return calls.one("random_uniform", key.value(), shape, low, high, calls.anchor());
    }

    /** fp32 normal numbers with mean 0 and this standard deviation, the same on every device. */
    public NDArray normal(RandomKey key, double deviation, long... shape) {
        return calls.one("random_normal", key.value(), shape, deviation, calls.anchor());
    }

    // ---- small things ----

    /** x with another shape, the same memory. */
    public NDArray view(NDArray x, long... shape) {
        return calls.one("view", x, shape);
    }

    /** A slice along one dimension, the same memory. */
    public NDArray narrow(NDArray x, int dimension, long start, long length) {
        return calls.one("narrow", x, dimension, start, length);
    }

    /** Rows of x [T, d] at int64 indices [N], in their order: [N, d]. */
    public NDArray rowsAt(NDArray x, NDArray indices) {
        return calls.one("rows_at", x, indices);
    }

    /** The reverse: rows x [N, d] to their places among {@code rows} rows, the others zero: [rows, d]. */
    public NDArray scatterRows(NDArray x, NDArray indices, long rows) {
        return calls.one("scatter_rows", x, indices, rows);
    }

    public NDArray add(NDArray x, NDArray y) {
        return calls.one("add", x, y);
    }

    public NDArray multiply(NDArray x, NDArray y) {
        return calls.one("multiply", x, y);
    }

    /** x times a number, in x's type. */
    public NDArray scale(NDArray x, double factor) {
        return calls.one("scale", x, factor);
    }

    // ---- layers ----

    /** table [V, d], ids int64 [T] → [T, d]. */
    public NDArray embedding(NDArray table, NDArray ids) {
        return calls.one("embedding", table, ids);
    }

    /** x [T, d], weight [d] → [T, d]; fp32 inside, the weight after the cast back (HF {@code LlamaRMSNorm}). */
    public NDArray rmsNorm(NDArray x, NDArray weight, double eps) {
        return calls.one("rms_norm", x, weight, eps);
    }

    /** x [T, d], weight [o, d], bias [o] → [T, o]. */
    public NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return calls.one("linear", x, weight, bias);
    }

    /**
     * A linear map and a low-rank adapter beside it, their sum rounded once. With b = 0 the result is that of
     * {@link #linear}, bit for bit. In generation on the CPU a single token's output is rounded twice: the base's, and
     * the sum.
     *
     * @param x [T, d]
     * @param weight [o, d]
     * @param bias [o]
     * @param h the hidden state of the group's experts; with identity nulls' shares, which add x, o = d
     * @param site which of the group's S sites this is
     * @param b the site's second factors, stacked: fp32 [n·r, o]
     * @return [T, o]
     */
    public NDArray adaptedLinear(NDArray x, NDArray weight, @Nullable NDArray bias, LoraHidden h, int site, NDArray b) {
        if (isOneInGeneration(h)) {
            NDArray y = linear(x, weight, bias);
            int rows = Math.toIntExact(b.getShape().get(0));
            new HostProduct(calls.memory(h.state()), site * rows, calls.memory(b), rows).addTo(calls.bytes(y));
            return y;
        }
        return calls.one("adapted_linear", x, weight, bias, h.state(), site, b, h.share());
    }

    /** A single token's hidden state is in fp32. */
    private boolean isOneInGeneration(LoraHidden h) {
        return h.share() == null
                && !calls.gradients()
                && !calls.onDevice()
                && h.state().getShape().get(0) == 1;
    }

    /** The activation of every element. */
    public NDArray activate(NDArray x, Activation activation) {
        return calls.one("activate", x, activation.word());
    }

    /** activation(gate) ⊙ up, both [T, F]. */
    public NDArray gated(NDArray gate, NDArray up, Activation activation) {
        return calls.one("gated", gate, up, activation.word());
    }

    /** The rotary angles of these rows, for all layers; computed in fp32 as Hugging Face does. */
    public Angles angles(Rotary rotary, Rows rows) {
        NDArray frequencies = frequencies(rotary);
        List<NDArray> angles = calls.many("rotary_angles", frequencies, rows.positions());
        return new Angles(angles.get(0), angles.get(1));
    }

    private NDArray frequencies(Rotary rotary) {
        NDArray plain = calls.one("rotary_frequencies", rotary.headDim(), rotary.theta(), calls.anchor());
        if (rotary.scaling() instanceof Rotary.Scaling.Linear linear) {
            return calls.one("linear_frequencies", plain, linear.factor());
        } else if (rotary.scaling() instanceof Rotary.Scaling.Llama3 llama) {
            return calls.one(
                    "llama3_frequencies",
                    plain,
                    llama.factor(),
                    llama.lowFrequencyFactor(),
                    llama.highFrequencyFactor(),
                    llama.originalContext());
        }
        return plain;
    }

    /** What a table of relative positions adds to the scores of these rows, for all layers that share it; with gradients. */
    public PositionBias positionBias(RelativeBias bias, Attention shape, Rows rows) {
        return new PositionBias(calls.one(
                "position_bias", bias.table(), bias.maxDistance(), shape.causal(), rows.lengths(), rows.past()));
    }

    /**
     * Attention inside each sequence; scores and softmax in fp32. Angles turn queries and keys, a bias is added to the
     * scores.
     *
     * @param q [T, heads·headDim]
     * @param k [T, kvHeads·headDim], not yet turned
     * @param v [T, kvHeads·headDim]
     * @param positions null for a model without any; a bias must be one of this shape's direction
     * @param cache the layer's cache, which takes the new keys and values; null in training
     * @return [T, heads·headDim]
     */
    public NDArray attention(
            NDArray q,
            NDArray k,
            NDArray v,
            Attention shape,
            @Nullable Positions positions,
            Rows rows,
            KvCache.@Nullable Layer cache) {
        return calls.one(
                "attention",
                q,
                k,
                v,
                shape.heads(),
                shape.kvHeads(),
                shape.scale(),
                shape.window(),
                shape.causal(),
                positions instanceof Angles angles ? angles.tensors() : List.of(),
                positions instanceof PositionBias bias ? bias.scores() : null,
                rows.lengths(),
                rows.past(),
                cache == null ? List.of() : List.of(cache.keys(), cache.values()));
    }

    /**
     * Attention from each sequence to all of its memory; scores and softmax in fp32.
     *
     * @param q [T, heads·headDim] of {@code rows}
     * @param memory of the same sequences, in the same order
     * @return [T, heads·headDim]
     */
    public NDArray crossAttention(NDArray q, KeysValues memory, Attention shape, Rows rows) {
        return calls.one(
                "cross_attention",
                q,
                memory.keys(),
                memory.values(),
                shape.heads(),
                shape.kvHeads(),
                shape.scale(),
                rows.lengths(),
                memory.rows().lengths());
    }

    // ---- from hidden states to tokens ----

    /** hidden [N, d], head [V, d] → fp32 [N, V]. */
    public NDArray logits(NDArray hidden, NDArray head) {
        return calls.one("logits", hidden, head);
    }

    /** The log-probability of each row's label: fp32 [N], without gradients, {@code chunk} rows at a time. */
    public NDArray logProbs(NDArray hidden, NDArray head, NDArray labels, int chunk) {
        return calls.one("log_probs", hidden, head, labels, chunk);
    }

    /**
     * Σ of the negative log-likelihoods of the labels, an fp32 scalar with gradients. Where the head is frozen, logits
     * exist for {@code chunk} rows at a time only, in the backward pass too.
     *
     * @param hidden [N, d]
     * @param head [V, d]
     * @param labels int64 [N]
     */
    public NDArray lossAt(NDArray hidden, NDArray head, NDArray labels, int chunk) {
        return calls.one("loss_at", hidden, head, labels, chunk);
    }
}
