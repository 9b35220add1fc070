package dev.graft.dsl;

/**
 * The true experts of a site.
 *
 * @param count n; 1 without a router is a plain adapter
 * @param adapter what each of them is
 */
public record Experts(int count, Adapter adapter) {}
