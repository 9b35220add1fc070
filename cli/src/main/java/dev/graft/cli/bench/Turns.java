package dev.graft.cli.bench;

import java.util.ArrayList;
import java.util.List;

/** Measures several things in turns, so that they share the machine's noise. */
final class Turns {
    private static final double NANOS = 1e-9;
    private static final int WARMUP = 3;
    private static final int LEAST = 5;

    private Turns() {}

    /**
     * How long each takes.
     *
     * @param seconds about how long to measure in all, after a few turns that don't count
     */
    static List<Spread> measure(List<Runnable> passes, double seconds) {
        for (int i = 0; i < WARMUP; i++) {
            passes.forEach(Runnable::run);
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
        return times.stream().map(Spread::of).toList();
    }
}
