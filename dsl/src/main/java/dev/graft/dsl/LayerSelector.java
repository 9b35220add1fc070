package dev.graft.dsl;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Names layers of a stack before its depth is known; describes itself in {@code toString}. */
public sealed interface LayerSelector {

    /** The layers, ascending, that it names in a stack of {@code depth} layers; may name layers beyond it. */
    List<Integer> named(int depth);

    /** These layers without the other's. */
    default LayerSelector except(LayerSelector other) {
        return new Except(this, other);
    }

    /** Every layer. */
    record All() implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            return IntStream.range(0, depth).boxed().toList();
        }

        @Override
        public String toString() {
            return "all layers";
        }
    }

    /** From {@code first} to {@code last}, both included. */
    record Range(int first, int last) implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            return IntStream.rangeClosed(first, last).boxed().toList();
        }

        @Override
        public String toString() {
            return "layers " + first + " to " + last;
        }
    }

    /** The first {@code count}. */
    record First(int count) implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            return IntStream.range(0, count).boxed().toList();
        }

        @Override
        public String toString() {
            return "the first " + count + " layers";
        }
    }

    /** The last {@code count}. */
    record Last(int count) implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            return IntStream.range(depth - count, depth).boxed().toList();
        }

        @Override
        public String toString() {
            return "the last " + count + " layers";
        }
    }

    /** Layers {@code offset}, {@code offset + step}, and so on. */
    record Every(int step, int offset) implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            return IntStream.range(0, depth)
                    .filter(i -> step > 0 && i >= offset && (i - offset) % step == 0)
                    .boxed()
                    .toList();
        }

        @Override
        public String toString() {
            return "every " + step + ". layer from " + offset;
        }
    }

    /** Exactly these. */
    record Exactly(List<Integer> indexes) implements LayerSelector {
        public Exactly {
            indexes = List.copyOf(new TreeSet<>(indexes));
        }

        @Override
        public List<Integer> named(int depth) {
            return indexes;
        }

        @Override
        public String toString() {
            return "layers " + indexes;
        }
    }

    /**
     * A predicate of the layer's index with a description; evaluated when the spec is written, so that it is data.
     *
     * @param indexes the layers below {@link Graft#MAX_DEPTH} for which it holds
     */
    record Described(String description, List<Integer> indexes) implements LayerSelector {
        public Described {
            indexes = List.copyOf(indexes);
        }

        @Override
        public List<Integer> named(int depth) {
            return indexes.stream().filter(i -> i < depth).toList();
        }

        @Override
        public String toString() {
            return description;
        }
    }

    /** The layers of one selector without another's. */
    record Except(LayerSelector from, LayerSelector without) implements LayerSelector {
        @Override
        public List<Integer> named(int depth) {
            List<Integer> kept = new ArrayList<>(from.named(depth));
            kept.removeAll(without.named(depth));
            return List.copyOf(kept);
        }

        @Override
        public String toString() {
            return from + " except " + without;
        }
    }
}
