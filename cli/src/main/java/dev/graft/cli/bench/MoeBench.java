package dev.graft.cli.bench;

import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/**
 * How long forward and backward passes through mixture-of-experts blocks take, on random frozen weights.
 *
 * @param blocks in the order asked for
 */
public record MoeBench(List<Block> blocks) {
    private static final double NANOS = 1e-9;
    private static final int WARMUP = 3;
    private static final int LEAST = 5;

    /**
     * One block.
     *
     * @param name of its shape
     * @param precision of weights and activations
     * @param load mean number of selected true experts of a token
     * @param pass forward and backward
     */
    public record Block(String name, ElementType precision, double load, Spread pass) {}

    /**
     * Measures blocks of one precision in turns, so that they share the machine's noise.
     *
     * @param seconds about how long in all, after a few passes that don't count
     */
    public static MoeBench measure(TorchEngine engine, List<BlockShape> shapes, ElementType precision, double seconds) {
        List<BlockPass> passes = new ArrayList<>();
        try {
            shapes.forEach(shape -> passes.add(new BlockPass(engine, shape, precision)));
            for (int i = 0; i < WARMUP; i++) {
                passes.forEach(BlockPass::run);
            }
            List<List<Double>> times = passes.stream()
                    .map(pass -> (List<Double>) new ArrayList<Double>())
                    .toList();
            long end = System.nanoTime() + (long) (seconds / NANOS);
            for (int turn = 0; turn < LEAST || System.nanoTime() < end; turn++) {
                for (int i = 0; i < passes.size(); i++) {
                    long start = System.nanoTime();
                    passes.get(i).run();
                    times.get(i).add((System.nanoTime() - start) * NANOS);
                }
            }
            List<Block> blocks = new ArrayList<>();
            for (int i = 0; i < passes.size(); i++) {
                blocks.add(
                        new Block(shapes.get(i).name(), precision, passes.get(i).load(), Spread.of(times.get(i))));
            }
            return new MoeBench(blocks);
        } finally {
            passes.forEach(BlockPass::close);
        }
    }
}
