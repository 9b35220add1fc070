package dev.graft.cli.bench;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Surgery;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.train.DataFiles;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Training steps of several specs on one model, in rounds.
 *
 * @param rows in the order of the specs
 */
public record T5Bench(List<Row> rows) {

    /**
     * A spec.
     *
     * @param parameters trainable ones
     * @param rounds the steps of each round
     */
    public record Row(String name, long parameters, List<Spread> rounds) {
        double minimum() {
            return rounds.stream().mapToDouble(Spread::minimum).min().orElseThrow();
        }
    }

    /**
     * How much longer one spec's step takes than another's.
     *
     * @param medians of each round, 1 for as long
     * @param minima of all rounds
     */
    public record Ratio(List<Double> medians, double minima) {}

    /**
     * Trains each spec for a few steps, and all of them once more in each further round.
     *
     * @param data text
     * @param scratch a folder for the runs
     * @param steps that count, after one that does not
     */
    public static T5Bench measure(
            Checkpoint base, List<Surgery> specs, Path data, Path scratch, int rounds, int steps) {
        List<Row> rows = new ArrayList<>();
        List<Prepared> prepared = specs.stream()
                .map(spec -> Prepared.of(spec.withTraining(spec.training().with(t -> t.steps(1 + steps))), base, data))
                .toList();
        prepared.forEach(one -> rows.add(
                new Row(one.plan().surgery().name(), one.plan().budget().trainable(), new ArrayList<>())));
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < rows.size(); i++) {
                RunRequest request = prepared.get(i).request(scratch.resolve("run-" + round + "-" + i));
                rows.get(i)
                        .rounds()
                        .add(StepBench.measure(prepared.get(i).program(), request, 1)
                                .step());
            }
        }
        return new T5Bench(rows);
    }

    /** @throws IllegalArgumentException for a spec that was not measured */
    public Ratio ratio(String of, String to) {
        Row over = row(of);
        Row under = row(to);
        return new Ratio(
                IntStream.range(0, over.rounds().size())
                        .mapToObj(round -> over.rounds().get(round).median()
                                / under.rounds().get(round).median())
                        .toList(),
                over.minimum() / under.minimum());
    }

    private Row row(String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " was not measured"));
    }

    /** A spec that is planned and compiled. */
    private record Prepared(Checkpoint base, InjectionPlan plan, Program program, DataFiles data) {

        static Prepared of(Surgery spec, Checkpoint base, Path data) {
            InjectionPlan plan = Surgeon.plan(spec, base);
            int examples = plan.surgery().training().batch()
                    * plan.surgery().training().steps().orElseThrow();
            return new Prepared(
                    base,
                    plan,
                    new ModelEmitter("generated.bench").emit(plan).load(Program.class),
                    new DataFiles(DataSpec.text().first(examples), List.of(data)));
        }

        RunRequest request(Path out) {
            return RunRequest.of(base.folder(), data, out, PlanJson.write(plan));
        }
    }
}
