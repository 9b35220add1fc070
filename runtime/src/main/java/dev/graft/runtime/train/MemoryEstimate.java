package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Layout;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The memory that a run needs, in bytes, told before anything is loaded. Weights, trainable values, gradients and moments
 * are exact; activations are counted operator by operator for the largest pass that the data can give.
 *
 * @param weights the frozen tensors in the run's precision
 * @param trained values, the leaves' gradients for each pass at a time, the gathered gradient and the optimizer's moments
 * @param activations of one micro-batch
 * @param logits of one chunk for each pass at a time, with their gradient
 * @param saved Java's copy of the trained values and the moments, and of the largest of them once more as bytes, while
 *     they are written to a file
 */
record MemoryEstimate(long weights, long trained, long activations, long logits, long saved) {
    /** Java, the engine's libraries and their buffers. */
    private static final long PROGRAM = 400L << 20;

    /** What of it is Java's own. */
    private static final long HEAP = 32L << 20;

    private static final int FP32 = 4;
    private static final double MIB = 1 << 20;

    static MemoryEstimate of(Checkpoint base, Layout layout, Training training, long tokens) {
        int bytes = training.precision() == Training.Precision.BF16 ? 2 : FP32;
        long elements =
                base.tensors().values().stream().mapToLong(TensorInfo::elements).sum();
        long ownWeights = layout.leaves().stream()
                .filter(Layout.Leaf::isWeight)
                .mapToLong(Layout.Leaf::elements)
                .sum();
        boolean adam = training.optimizer() instanceof Optimizer.AdamW;
        int moments = adam ? 2 : 1;
        int parts = parts(layout, training);
        LayerWidths widths = LayerWidths.of(base.config());
        int layers = widths.layers();
        long layer = widths.bytes(bytes)
                + (ownWeights > 0 ? widths.inputBytes(bytes) : 0)
                + ofAdapters(layout, bytes) / layers;
        // A head that is trained has all its logits at once.
        long logitRows = ownWeights > 0 ? Math.max(tokens, Forward.LOGIT_ROWS) : Forward.LOGIT_ROWS;
        return new MemoryEstimate(
                (elements - ownWeights) * bytes,
                layout.elements() * FP32 * (2L + parts + moments),
                tokens * (training.recompute() ? layer + layers * widths.hidden() * bytes : layers * layer),
                logitRows * parts * base.config().positive("vocab_size") * (3 * FP32 + bytes),
                layout.elements() * FP32 * (adam ? 4L : 2L)); // Adafactor keeps rows and columns only
    }

    /** How many passes a micro-batch can be divided among. */
    private static int parts(Layout layout, Training training) {
        int threads = training.threads() > 0
                ? training.threads()
                : Runtime.getRuntime().availableProcessors();
        return training.device().equals("cpu") ? Math.min(threads, Split.most(layout, training)) : 1;
    }

    /** Bytes that one token leaves in all routers and experts. */
    private static long ofAdapters(Layout layout, int bytes) {
        long sum = 0;
        for (Layout.Leaf leaf : layout.leaves()) {
            if (leaf.isWeight()) {
                continue;
            }
            long width = leaf.shape()[1];
            for (Layout.Tensor tensor : leaf.tensors()) {
                long rows = tensor.elements() / width;
                sum += switch (tensor.name().substring(tensor.name().lastIndexOf('.') + 1)) {
                    case "router" -> 8 * FP32 * rows;
                    case "lora_A" -> (2L * bytes + FP32) * rows;
                    case "lora_B", "ia3" -> (long) bytes * width;
                    default -> 0;
                };
            }
            sum += leaf.key().endsWith("_lora_A") ? FP32 * width : 0;
        }
        return sum;
    }

    long total() {
        return PROGRAM + weights + trained + activations + logits + saved;
    }

    /**
     * @param heap bytes that Java may use
     * @throws GraftException {@code E_MEMORY} where a state could be trained but not saved
     */
    void requireHeap(long heap) {
        if (HEAP + saved > heap) {
            throw new GraftException(Issue.error(
                            "E_MEMORY",
                            "saving the trained values needs about " + mib(HEAP + saved)
                                    + " of Java's memory, which may have " + mib(heap))
                    .withFix("let Java use more: -Xmx4g, for the graft command in GRAFT_JAVA_OPTIONS"));
        }
    }

    /**
     * @param available empty if nobody knows
     * @throws GraftException {@code E_MEMORY} with what is needed and what there is
     */
    void requireFits(OptionalLong available) {
        if (available.isPresent() && total() > available.getAsLong()) {
            throw new GraftException(Issue.error(
                            "E_MEMORY",
                            "the run needs about " + mib(total()) + ", " + mib(available.getAsLong())
                                    + " are available: " + this)
                    .withFix("lower microBatch or length, use recompute() or bf16, or try nevertheless with --force"));
        }
    }

    /** The sum and its parts. */
    String summary() {
        return mib(total()) + ": " + this;
    }

    @Override
    public String toString() {
        return "weights " + mib(weights) + ", trained tensors with gradients and moments " + mib(trained)
                + ", activations " + mib(activations) + ", logits " + mib(logits) + ", saving " + mib(saved)
                + ", program " + mib(PROGRAM);
    }

    static String mib(long bytes) {
        return String.format(Locale.ROOT, "%,.0f MiB", bytes / MIB);
    }
}
