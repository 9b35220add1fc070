package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.LoraHidden;
import dev.graft.runtime.engine.Ops;
import org.jspecify.annotations.Nullable;

/**
 * A frozen linear map.
 *
 * @param weight [o, d]
 * @param bias [o], if it has one
 */
public record Linear(NDArray weight, @Nullable NDArray bias) {

    /** x [T, d] to [T, o]. */
    public NDArray apply(Ops ops, NDArray x) {
        return ops.linear(x, weight, bias);
    }

    /**
     * With LoRA experts beside it, their sum rounded once.
     *
     * @param x [T, d]
     * @param h the hidden state of the group's experts
     * @param site which of the group's S sites this is
     * @param b the site's stacked second factors [n·r, o]
     * @return [T, o]
     */
    public NDArray adapted(Ops ops, NDArray x, LoraHidden h, int site, NDArray b) {
        return ops.adaptedLinear(x, weight, bias, h, site, b);
    }
}
