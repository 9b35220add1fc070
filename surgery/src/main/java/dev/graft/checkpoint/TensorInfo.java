package dev.graft.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * One tensor as its file's header declares it.
 *
 * @param name the published name, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param shape dimensions, row-major; empty for a scalar
 * @param shard the file that holds it
 * @param offset of the first byte, counted from the start of the file
 * @param bytes size of the data
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, Path shard, long offset, long bytes) {

    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** The product of the dimensions: 1 for a scalar, 0 if a dimension is 0. */
    public long elements() {
        return shape.stream().reduce(1L, (product, dimension) -> product * dimension);
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + shape;
    }
}
