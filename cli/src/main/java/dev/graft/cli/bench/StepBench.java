package dev.graft.cli.bench;

import dev.graft.cli.bench.PhaseClock.Phase;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Monitor;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.Step;
import dev.graft.runtime.train.Trainer;
import java.io.IOException;
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
 */
public record StepBench(
        Spread step,
        Map<String, Double> phases,
        double examplesPerSecond,
        double tokensPerSecond,
        long parameters,
        long peakBytes) {

    /**
     * Runs all steps of a program.
     *
     * @param skipped steps at the beginning that don't count
     */
    public static StepBench measure(Program program, RunRequest request, int skipped) {
        PhaseClock clock = new PhaseClock();
        List<Step> steps = new ArrayList<>();
        Trainer.run(new TimedProgram(program, clock, steps), request, new Monitor() {
            @Override
            public void stepped(StepMetrics step) {
                clock.enter(Phase.OTHER);
            }
        });
        List<Step> counted = steps.subList(skipped, steps.size());
        List<Double> each = clock.steps(skipped);
        double seconds = each.stream().mapToDouble(Double::doubleValue).sum();
        return new StepBench(
                Spread.of(each),
                named(clock.phases(skipped)),
                counted.stream().mapToLong(Step::rows).sum() / seconds,
                counted.stream().mapToLong(Step::tokens).sum() / seconds,
                program.layout().elements(),
                peak());
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
