package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import dev.graft.runtime.engine.Ops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trainable tensors of a running model, by layer and key, in the order of their {@link Layout}. */
public final class Leaves {
    private final List<NDArray> arrays;
    private final Map<String, NDArray> byName = new HashMap<>();
    private final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();

    /** @param arrays one fp32 tensor for each leaf of the layout, of its shape */
    public Leaves(Layout layout, List<NDArray> arrays) {
        this.arrays = List.copyOf(arrays);
        for (int i = 0; i < arrays.size(); i++) {
            Layout.Leaf leaf = layout.leaves().get(i);
            byName.put(leaf.name(), arrays.get(i));
            if (leaf.isWeight()) {
                weights.put(leaf.tensors().get(0).name(), arrays.get(i));
            }
            Parameter parameter = Parameter.builder()
                    .setName(leaf.name())
                    .setType(Parameter.Type.OTHER)
                    .build();
            parameter.setArray(arrays.get(i));
            parameters.add(parameter);
        }
    }

    /**
     * The leaves with these values.
     *
     * @param ops in whose scope they live
     * @param values of all tensors, in the order of the flat buffer
     */
    public static Leaves of(Ops ops, Layout layout, float[] values) {
        if (values.length != layout.elements()) {
            throw new IllegalArgumentException(values.length + " values for " + layout.elements() + " elements");
        }
        List<NDArray> arrays = new ArrayList<>();
        if (values.length > 0) {
            NDArray flat = ops.upload(values, values.length);
            long offset = 0;
            for (Layout.Leaf leaf : layout.leaves()) {
                arrays.add(ops.view(ops.narrow(flat, 0, offset, leaf.elements()), leaf.shape()));
                offset += leaf.elements();
            }
        }
        return new Leaves(layout, arrays);
    }

    public NDArray get(int layer, String key) {
        NDArray leaf = byName.get("layer" + layer + "_" + key);
        if (leaf == null) {
            throw new IllegalArgumentException("no leaf '" + key + "' in layer " + layer);
        }
        return leaf;
    }

    /** The pretrained tensors that are trained themselves, by their names in the checkpoint. */
    Map<String, NDArray> weights() {
        return weights;
    }

    /** In the layout's order. */
    public List<NDArray> arrays() {
        return arrays;
    }

    /** What a DJL block registers; the arrays are the leaves themselves, not copies. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }
}
