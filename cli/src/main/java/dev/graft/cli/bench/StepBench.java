package dev.graft.cli.bench;

import dev.graft.cli.bench.PhaseClock.Phase;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Monitor;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.Step;
import dev.graft.runtime.train.Trainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How long a training step takes on the CPU, where its phases end when their calls do.
 *
 * @param step a whole one
 * @param phases mean seconds of each; the balance losses belong to the backward pass, clipping to the optimizer
 * @param examplesPerSecond mean over the measured steps
 * @param tokensPerSecond the same
 * @param parameters trainable ones
 * @param peakBytes resident memory of the whole process at its peak; 0 where the system doesn't tell
 * @param firstStepSeconds from the start of the process to the end of the first step
 * @param losses of all steps, those that don't count included; without the balance loss
 */
public record StepBench(
        Spread step,
        Map<String, Double> phases,
        double examplesPerSecond,
        double tokensPerSecond,
        long parameters,
        long peakBytes,
        double firstStepSeconds,
        List<Double> losses) {
    private static final double MILLIS = 1e-3;

    /**
     * Runs all steps of a program.
     *
     * @param skipped steps at the beginning that don't count
     */
    public static StepBench measure(Program program, RunRequest request, int skipped) {
        PhaseClock clock = new PhaseClock();
        List<Step> steps = new ArrayList<>();
        Losses losses = new Losses(clock);
        Trainer.run(new TimedProgram(program, clock, steps), request, losses);
        List<Step> counted = steps.subList(skipped, steps.size());
        List<Double> each = clock.steps(skipped);
        double seconds = each.stream().mapToDouble(Double::doubleValue).sum();
        return new StepBench(
                Spread.of(each),
                named(clock.phases(skipped)),
                counted.stream().mapToLong(Step::rows).sum() / seconds,
                counted.stream().mapToLong(Step::tokens).sum() / seconds,
                program.layout().elements(),
                peak(),
                losses.firstStepSeconds,
                List.copyOf(losses.each));
    }

    /** What the steps' losses were, and when the first was known. */
    private static final class Losses implements Monitor {
        private final PhaseClock clock;
        private final List<Double> each = new ArrayList<>();
        private double firstStepSeconds;

        Losses(PhaseClock clock) {
            this.clock = clock;
        }

        @Override
        public void stepped(StepMetrics step) {
            if (each.isEmpty()) {
                firstStepSeconds = sinceProcessStart();
            }
            Double loss = step.loss();
            each.add(loss == null ? Double.NaN : loss);
            clock.enter(Phase.OTHER);
        }

        private static double sinceProcessStart() {
            return MILLIS
                    * (System.currentTimeMillis()
                            - ManagementFactory.getRuntimeMXBean().getStartTime());
        }
    }

    private static Map<String, Double> named(Map<Phase, Double> phases) {
        Map<String, Double> named = new LinkedHashMap<>();
        phases.forEach((phase, seconds) -> named.put(phase.name().toLowerCase(Locale.ROOT), seconds));
        return named;
    }

    private static long peak() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
