package dev.graft.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Layers of a stack in words. */
public final class LayerIndexes {
    private LayerIndexes() {}

    /** Ascending indexes as a person writes them: {@code 0-3, 7}. */
    public static String text(Iterable<Integer> layers) {
        List<int[]> runs = new ArrayList<>();
        for (int layer : layers) {
            if (!runs.isEmpty() && runs.get(runs.size() - 1)[1] == layer - 1) {
                runs.get(runs.size() - 1)[1] = layer;
            } else {
                runs.add(new int[] {layer, layer});
            }
        }
        return runs.stream()
                .map(run -> run[0] == run[1] ? "" + run[0] : run[0] + "-" + run[1])
                .collect(Collectors.joining(", "));
    }
}
