package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The frozen weights of a checkpoint in one precision: views of the mapped shards where that is the stored type and the
 * device is the CPU, otherwise converted once. Taken when first asked for; freed with {@link #close}.
 */
public final class Weights implements AutoCloseable {
    private final TorchEngine engine;
    private final Checkpoint checkpoint;
    private final ElementType precision;
    private final NDManager scope;
    private final Ops ops;
    private final Map<String, NDArray> taken = new HashMap<>();
    private final Map<Mapping, NDArray> mappings = new HashMap<>();

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

    public ElementType precision() {
        return precision;
    }

    /** A tensor by its name in the checkpoint. */
    public NDArray get(String name) {
        NDArray known = taken.get(name);
        if (known == null) {
            known = take(checkpoint.tensor(name));
            taken.put(name, known);
        }
        return known;
    }

    /** The linear map of a module: its weight, and its bias if the checkpoint has one. */
    public Linear linear(String module) {
        String bias = module + ".bias";
        return new Linear(get(module + ".weight"), checkpoint.find(bias).isPresent() ? get(bias) : null);
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
