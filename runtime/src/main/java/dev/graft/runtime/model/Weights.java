package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.ModelConfig;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.ExpertWeights;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The frozen weights of a checkpoint in one precision: views of the mapped shards where that is the stored type and the
 * device is the CPU, otherwise converted once. Taken when first asked for, by any thread; freed with {@link #close}.
 */
public final class Weights implements AutoCloseable {
    private final TorchEngine engine;
    private final Checkpoint checkpoint;
    private final ElementType precision;
    private final NDManager scope;
    private final Ops ops;
    private final Map<String, NDArray> taken = new ConcurrentHashMap<>();
    private final Map<String, ExpertWeights> experts = new ConcurrentHashMap<>();
    private final Map<String, WidenedRouter> routers = new ConcurrentHashMap<>();
    private final Map<Mapping, NDArray> mappings = new ConcurrentHashMap<>();

    public Weights(TorchEngine engine, Checkpoint checkpoint, ElementType precision) {
        this.engine = engine;
        this.checkpoint = checkpoint;
        this.precision = precision;
        this.scope = engine.scope();
        this.ops = engine.ops(scope);
    }

    public TorchEngine engine() {
        return engine;
    }

    public ModelConfig config() {
        return checkpoint.config();
    }

    public ElementType precision() {
        return precision;
    }

    /** A tensor by its name in the checkpoint. */
    public NDArray get(String name) {
        return taken.computeIfAbsent(name, absent -> take(checkpoint.tensor(absent)));
    }

    /** The linear map of a module: its weight, and its bias if the checkpoint has one. */
    public Linear linear(String module) {
        String bias = module + ".bias";
        return new Linear(get(module + ".weight"), checkpoint.find(bias).isPresent() ? get(bias) : null);
    }

    /**
     * The pretrained experts of a MoE block; found once.
     *
     * @param count n
     * @param gate module of the gate projections, with {@code {e}} for the expert's index
     * @param up of the up projections
     * @param down of the down projections
     */
    public ExpertWeights experts(int count, String gate, String up, String down) {
        return experts.computeIfAbsent(
                gate, absent -> new ExpertWeights(each(count, gate), each(count, up), each(count, down)));
    }

    private List<NDArray> each(int count, String module) {
        return IntStream.range(0, count)
                .mapToObj(expert -> get(module.replace("{e}", Integer.toString(expert)) + ".weight"))
                .toList();
    }

    /** The rows of the n true experts in a router that null experts have widened: [n, d]. */
    public NDArray trueRows(String router, int experts) {
        return widened(router, experts).trueRows();
    }

    /**
     * The rows of its null experts, for {@code Experts#routerLogits}: below the others, or in a tensor {@code <router>2}.
     *
     * @return [m, d]; null where they are whole copies of the true experts' rows: tied logits must be equal, not nearly so
     */
    public @Nullable NDArray nullRows(String router, int experts) {
        return widened(router, experts).nullRows();
    }

    private WidenedRouter widened(String router, int experts) {
        return routers.computeIfAbsent(router, absent -> {
            NDArray all = get(router + ".weight");
            long nulls = all.getShape().get(0) - experts;
            NDArray trueRows = ops.narrow(all, 0, 0, experts);
            NDArray nullRows = nulls > 0 ? ops.narrow(all, 0, experts, nulls) : get(router + "2.weight");
            return new WidenedRouter(trueRows, areCopies(ops.floats(trueRows), ops.floats(nullRows)) ? null : nullRows);
        });
    }

    private static boolean areCopies(float[] rows, float[] nulls) {
        for (int i = 0; i < nulls.length; i++) {
            if (nulls[i] != rows[i % rows.length]) {
                return false;
            }
        }
        return true;
    }

    /** Frozen rows [rows, width] of null experts that the checkpoint does not have. */
    public NDArray drawn(String module, int rows, int width) {
        return taken.computeIfAbsent(module, absent -> DrawnRows.draw(ops, module, rows, width));
    }

    /**
     * Puts trained tensors in the place of the checkpoint's: in fp32 the leaves themselves, which collect gradients, otherwise
     * their values.
     */
    public Weights trained(Leaves leaves) {
        leaves.weights()
                .forEach((name, leaf) ->
                        taken.put(name, precision == ElementType.FP32 ? leaf : ops.cast(leaf, precision)));
        return this;
    }

    /** Turns weights into leaves that collect gradients, for comparisons with a reference. */
    public void makeLeaves(Collection<String> names) {
        names.forEach(name -> taken.put(name, ops.autograd().leaf(get(name))));
    }

    @Override
    public void close() {
        scope.close();
    }

    private NDArray take(TensorInfo tensor) {
        ElementType stored = elementType(tensor);
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        if (tensor.offset() % stored.bytes() != 0) {
            try (NDArray copy = ops.upload(SafetensorsFile.open(tensor.shard()).floats(tensor.name()), shape)) {
                return ops.cast(copy, precision);
            }
        }
        NDArray file = mappings.computeIfAbsent(
                new Mapping(tensor.shard(), stored),
                mapping -> ops.mapFile(mapping.file(), stored, mapping.elements()));
        return ops.mapped(file, tensor.offset() / stored.bytes(), precision, shape);
    }

    private static ElementType elementType(TensorInfo tensor) {
        ElementType type = elementType(tensor.dtype());
        if (type == null) {
            throw new GraftException(Issue.error(
                            "E_DTYPE",
                            tensor.shard() + ": tensor '" + tensor.name() + "' has type " + tensor.dtype()
                                    + ", which no model weight can have")
                    .withFix("use a checkpoint in BF16, F16 or F32"));
        }
        return type;
    }

    private static @Nullable ElementType elementType(DType dtype) {
        return switch (dtype) {
            case BF16 -> ElementType.BF16;
            case F16 -> ElementType.FP16;
            case F32 -> ElementType.FP32;
            case F64 -> ElementType.FP64;
            default -> null;
        };
    }

    /** @param nullRows null where they copy the true experts' rows */
    private record WidenedRouter(NDArray trueRows, @Nullable NDArray nullRows) {}

    /** A shard mapped as elements of one type. */
    private record Mapping(Path file, ElementType type) {
        long elements() {
            try {
                return java.nio.file.Files.size(file) / type.bytes();
            } catch (java.io.IOException e) {
                throw new GraftException(Issue.error("E_IO", file + " can't be read: " + e.getMessage()), e);
            }
        }
    }
}
