package dev.graft.cli.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Time by phase of the steps of a run; the phases follow each other without gaps. Not thread-safe. */
final class PhaseClock {
    private static final double NANOS = 1e-9;

    /** What a step does, in its order. */
    enum Phase {
        DATA,
        /** To the loss. */
        FORWARD,
        BACKWARD,
        OPTIMIZER,
        OTHER
    }

    private final List<Map<Phase, Long>> steps = new ArrayList<>();
    private Phase current = Phase.OTHER;
    private long since;

    /** Begins a step. */
    void step() {
        enter(Phase.DATA);
        steps.add(new EnumMap<>(Phase.class));
    }

    /** What passed since the last call belongs to the phase entered then. */
    void enter(Phase phase) {
        long now = System.nanoTime();
        if (!steps.isEmpty()) {
            steps.get(steps.size() - 1).merge(current, now - since, Long::sum);
        }
        current = phase;
        since = now;
    }

    /** Seconds of each step after the first ones that don't count. */
    List<Double> steps(int skipped) {
        return counted(skipped).stream()
                .map(step -> step.values().stream().mapToLong(Long::longValue).sum() * NANOS)
                .toList();
    }

    /** Mean seconds of each phase in the steps after the first ones that don't count. */
    Map<Phase, Double> phases(int skipped) {
        Map<Phase, Double> means = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            means.put(
                    phase,
                    counted(skipped).stream()
                                    .mapToLong(step -> step.getOrDefault(phase, 0L))
                                    .average()
                                    .orElse(0)
                            * NANOS);
        }
        return means;
    }

    private List<Map<Phase, Long>> counted(int skipped) {
        return steps.subList(skipped, steps.size());
    }
}
