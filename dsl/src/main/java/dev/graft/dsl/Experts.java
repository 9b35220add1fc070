package dev.graft.dsl;

/**
 * The true experts of a site.
 *
 * @param count n; 1 without a router is a plain adapter; {@link #FOR_EACH} in a spec stands for as many as the MoE block has
 * @param adapter what each of them is
 */
public record Experts(int count, Adapter adapter) {
    /** One for each pretrained expert; a plan has their number. */
    public static final int FOR_EACH = 0;
}
