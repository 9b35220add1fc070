package dev.graft.runtime.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The trainable tensors of a model in the order of the flat buffer. A leaf stacks, along the first dimension, the tensors
 * of all sites that share an input.
 */
public final class Layout {
    /** The layer of a leaf that may be the embedding: below all layers. */
    private static final int OUTSIDE_LAYERS = -1;

    private final List<Leaf> leaves = new ArrayList<>();

    /** Adds a leaf of a layer; say next what it stacks. */
    public Leaf leaf(int layer, String key) {
        Leaf leaf = new Leaf(layer, key);
        leaves.add(leaf);
        return leaf;
    }

    /** Adds a pretrained tensor that is trained itself, by its name and shape in the checkpoint. */
    public void weight(String name, long... shape) {
        leaves.add(new Leaf(OUTSIDE_LAYERS, name.replace('.', '_')).tensor(name, Init.pretrained(), shape));
    }

    public List<Leaf> leaves() {
        return Collections.unmodifiableList(leaves);
    }

    /** Every site's own tensor, in order. */
    public List<Tensor> tensors() {
        return leaves.stream().flatMap(leaf -> leaf.tensors.stream()).toList();
    }

    /** Length of the flat buffer. */
    public long elements() {
        return leaves.stream().mapToLong(Leaf::elements).sum();
    }

    /** One registered parameter of the model. */
    public static final class Leaf {
        private final int layer;
        private final String key;
        private final List<Tensor> tensors = new ArrayList<>();

        private Leaf(int layer, String key) {
            this.layer = layer;
            this.key = key;
        }

        /** Stacks a site's tensor below those before it; {@code name} is its name in the adapter file. */
        public Leaf tensor(String name, Init init, long... shape) {
            tensors.add(new Tensor(name, init, Arrays.stream(shape).boxed().toList()));
            return this;
        }

        public int layer() {
            return layer;
        }

        /** Its name within the layer. */
        public String key() {
            return key;
        }

        /** Its name in the model. */
        public String name() {
            return layer == OUTSIDE_LAYERS ? key : "layer" + layer + "_" + key;
        }

        /** Whether it is a pretrained tensor rather than one that was put beside those. */
        public boolean isWeight() {
            return layer == OUTSIDE_LAYERS;
        }

        public List<Tensor> tensors() {
            return Collections.unmodifiableList(tensors);
        }

        public long elements() {
            return tensors.stream().mapToLong(Tensor::elements).sum();
        }

        /** [rows of all its tensors together, width]; a pretrained tensor's own shape. */
        public long[] shape() {
            List<Long> first = tensors.get(0).shape();
            if (isWeight()) {
                return first.stream().mapToLong(Long::longValue).toArray();
            }
            long width = first.get(first.size() - 1);
            return new long[] {elements() / width, width};
        }
    }

    /**
     * A site's own tensor.
     *
     * @param name in the adapter file
     * @param shape there
     */
    public record Tensor(String name, Init init, List<Long> shape) {
        public Tensor {
            shape = List.copyOf(shape);
        }

        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }
}
