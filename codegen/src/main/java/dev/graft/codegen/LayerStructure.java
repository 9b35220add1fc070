package dev.graft.codegen;

import dev.graft.dsl.Stack;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Layers of a stack with the same blocks: they share one method in the generated file.
 *
 * @param method its name: "layer" where all are equal, otherwise how it differs
 * @param layers that have it, ascending, counted through both stacks
 * @param blocks in the order of the layer
 */
record LayerStructure(String method, Stack stack, List<Integer> layers, List<BlockStructure> blocks) {

    boolean adapted() {
        return blocks.stream().anyMatch(block -> !block.groups().isEmpty());
    }

    /** The layers in words: {@code Layers 0 to 5}. */
    String span() {
        if (layers.size() == 1) {
            return "Layer " + first();
        }
        return contiguous()
                ? "Layers " + first() + " to " + last()
                : "Layers " + layers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** Java's test that a variable {@code layer} is one of these. */
    String test() {
        if (layers.size() == 1) {
            return "layer == " + first();
        }
        if (contiguous()) {
            return first() == 0 ? "layer <= " + last() : "layer >= " + first() + " && layer <= " + last();
        }
        int step = layers.get(1) - first();
        boolean regular = IntStream.range(1, layers.size()).allMatch(i -> layers.get(i) - layers.get(i - 1) == step);
        if (regular && layers.size() > 2) {
            return "layer >= %d && layer <= %d && (layer - %d) %% %d == 0".formatted(first(), last(), first(), step);
        }
        return layers.stream().map(layer -> "layer == " + layer).collect(Collectors.joining(" || "));
    }

    private int first() {
        return layers.get(0);
    }

    private int last() {
        return layers.get(layers.size() - 1);
    }

    private boolean contiguous() {
        return last() - first() == layers.size() - 1;
    }
}
