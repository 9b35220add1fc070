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
            List<Spread> times = Turns.measure(
                    passes.stream().map(pass -> (Runnable) pass::run).toList(), seconds);
            List<Block> blocks = new ArrayList<>();
            for (int i = 0; i < passes.size(); i++) {
                blocks.add(
                        new Block(shapes.get(i).name(), precision, passes.get(i).load(), times.get(i)));
            }
            return new MoeBench(blocks);
        } finally {
            passes.forEach(BlockPass::close);
        }
    }
}
