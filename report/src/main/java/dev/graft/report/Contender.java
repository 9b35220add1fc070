package dev.graft.report;

import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Budget;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A spec in a comparison.
 *
 * @param runs of the same surgery, one a seed; at least one
 */
public record Contender(String name, List<RunRecord> runs) {
    public Contender {
        runs = List.copyOf(runs);
    }

    /** The validation loss after the last step, nats per token. */
    Spread loss() {
        return after(Validation::loss);
    }

    /** True experts per token, the mean over the routed sites and blocks; NaN where nothing is routed. */
    Spread load() {
        return after(Validation::load);
    }

    /** Per token, of base and adapters, at the load that the last validation measured. */
    Spread flops() {
        return over(run -> run.metrics()
                .after()
                .map(after -> (double) run.plan().flops(RoutedModules.loads(run.plan(), after.layers())))
                .orElse(Double.NaN));
    }

    /** A column of the answers to questions, shares in percent. */
    Spread score(int column) {
        return over(run -> run.scores().get(column).shown());
    }

    /** Of all steps, without validation. */
    Spread seconds() {
        return over(run -> run.metrics().steps().stream()
                .mapToDouble(Metrics.Step::seconds)
                .sum());
    }

    /** Of the median step. */
    Spread tokensPerSecond() {
        return over(run -> run.metrics().tokensPerSecond().orElse(Double.NaN));
    }

    Budget budget() {
        return runs.get(0).plan().budget();
    }

    /** The validations over the steps, means over the runs. */
    List<LineChart.Point> curve(ToDoubleFunction<Validation> of) {
        return runs.get(0).metrics().validations().stream()
                .map(first -> new LineChart.Point(
                        first.step(),
                        over(run -> at(run, first.step()).map(of::applyAsDouble).orElse(Double.NaN))
                                .mean()))
                .toList();
    }

    private static Optional<Validation> at(RunRecord run, int step) {
        return run.metrics().validations().stream()
                .filter(validation -> validation.step() == step)
                .findFirst();
    }

    private Spread after(ToDoubleFunction<Validation> of) {
        return over(run -> run.metrics().after().map(of::applyAsDouble).orElse(Double.NaN));
    }

    private Spread over(ToDoubleFunction<RunRecord> of) {
        return new Spread(runs.stream().map(of::applyAsDouble).toList());
    }
}
