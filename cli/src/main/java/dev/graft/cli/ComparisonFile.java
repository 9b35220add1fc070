package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Comparison;
import dev.graft.dsl.Surgery;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.train.DataFiles;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A comparison, with every spec planned for every seed before one of them runs.
 *
 * @param name of its class
 * @param questions that every model is asked
 * @param plans of each spec by name, one a seed
 */
record ComparisonFile(
        String name,
        Checkpoint base,
        DataFiles training,
        DataFiles validation,
        List<ComparedQuestions> questions,
        Map<String, List<InjectionPlan>> plans) {
    private static final UserSource<Comparison> SOURCE =
            new UserSource<>(Comparison.class, "public List<Surgery> specs() { return List.of(...); } ...");

    /**
     * Plans everything.
     *
     * @param base in place of the comparison's own; null for that
     * @throws GraftException with everything that is wrong, of all specs together
     */
    static ComparisonFile load(Path file, @Nullable String base, Overrides overrides, Terminal terminal) {
        Comparison comparison = SOURCE.load(file);
        return UserSource.calling(
                file.getFileName().toString(), () -> new Reading(file, comparison, base, overrides, terminal).read());
    }

    /** Reads one, and gathers what is wrong on the way. */
    private static final class Reading {
        private final Path file;
        private final Comparison comparison;
        private final @Nullable String asked;
        private final Overrides overrides;
        private final Terminal terminal;
        private final String name;
        private final Issues issues = new Issues();

        Reading(Path file, Comparison comparison, @Nullable String base, Overrides overrides, Terminal terminal) {
            this.file = file.toAbsolutePath();
            this.comparison = comparison;
            this.asked = base;
            this.overrides = overrides;
            this.terminal = terminal;
            this.name = comparison.getClass().getSimpleName();
        }

        ComparisonFile read() {
            DataFiles training = data("training", comparison.training(), comparison.trainingExamples());
            DataFiles validation = data("validation", comparison.validation(), comparison.validationExamples());
            List<Surgery> specs = comparison.specs();
            requireDifferentNames(specs);
            Checkpoint base = base();
            Map<String, List<InjectionPlan>> plans = new LinkedHashMap<>();
            specs.forEach(spec -> plans.put(spec.name(), plans(spec, base)));
            List<ComparedQuestions> questions = questions(base);
            issues.throwIfErrors();
            return new ComparisonFile(name, base, training, validation, questions, plans);
        }

        /** What was asked for; else a folder beside the file, or what {@code --base} would take. */
        private Checkpoint base() {
            Path beside = beside(comparison.base());
            try {
                if (asked != null) {
                    return Home.checkpoint(asked, terminal);
                }
                return Home.checkpoint(Files.isDirectory(beside) ? beside.toString() : comparison.base(), terminal);
            } catch (GraftException e) {
                e.issues().forEach(issues::add);
                throw new GraftException(issues.all()); // without a base nothing can be planned
            }
        }

        private DataFiles data(String kind, List<String> names, int first) {
            List<Path> files = names.stream().map(this::beside).toList();
            if (files.isEmpty()) {
                issues.add(Issue.error("E_SPEC", name + " names no " + kind + " files"));
                return new DataFiles(DataSpec.text(), files);
            }
            files.stream()
                    .filter(file -> !Files.isRegularFile(file))
                    .forEach(file -> issues.add(Issue.error("E_NOT_FOUND", file + ": there is no such file")
                            .withFix("paths of " + kind + " files are relative to the comparison's folder")));
            DataSpec spec = DataSpec.of(files.get(0)).first(first);
            return new DataFiles(comparison.cloze() ? cloze(files.get(0), spec) : spec, files);
        }

        private DataSpec cloze(Path data, DataSpec spec) {
            try {
                return DataOptions.cloze(data, spec);
            } catch (GraftException e) {
                e.issues().forEach(issues::add);
                return spec;
            }
        }

        private List<ComparedQuestions> questions(Checkpoint base) {
            List<ComparedQuestions> questions = new ArrayList<>();
            comparison
                    .tasks()
                    .ifPresent(folder -> noting(
                            () -> questions.add(new HeldOutQuestions(base, beside(folder), comparison.questions()))));
            comparison
                    .test()
                    .ifPresent(name -> noting(() -> questions.add(test(base, beside(name), comparison.questions()))));
            return questions;
        }

        private ComparedQuestions test(Checkpoint base, Path file, int questions) {
            return comparison.cloze()
                    ? new ClozeQuestions(base, file, questions)
                    : new TestQuestions(base, file, questions);
        }

        private void noting(Runnable reading) {
            try {
                reading.run();
            } catch (GraftException e) {
                e.issues().forEach(issues::add);
            }
        }

        private Path beside(String name) {
            return file.resolveSibling(name).normalize();
        }

        private void requireDifferentNames(List<Surgery> specs) {
            if (specs.isEmpty()) {
                issues.add(Issue.error("E_SPEC", name + " has no specs"));
            }
            specs.stream()
                    .filter(spec -> comparison.seeds(spec).isEmpty())
                    .forEach(spec ->
                            issues.add(Issue.error("E_SPEC", name + " has no seeds for '" + spec.name() + "'")));
            Set<String> names = new HashSet<>();
            specs.stream()
                    .filter(spec -> !names.add(spec.name()))
                    .forEach(spec -> issues.add(
                            Issue.error("E_SPEC", "two specs of " + name + " are named '" + spec.name() + "'")
                                    .withFix("give them different names: the table and the runs' folders carry them")));
        }

        /** One a seed; a single one where the command line sets the seed. */
        private List<InjectionPlan> plans(Surgery spec, Checkpoint base) {
            List<InjectionPlan> plans = new ArrayList<>();
            Set<String> hashes = new HashSet<>();
            for (long seed : comparison.seeds(spec)) {
                Surgery seeded = spec.withTraining(spec.training().with(t -> t.seed(seed)));
                try {
                    InjectionPlan plan = Surgeon.plan(overrides.apply(seeded), base);
                    if (hashes.add(plan.planHash())) {
                        plans.add(plan);
                    }
                } catch (GraftException e) {
                    e.issues().forEach(issues::add);
                    break; // another seed has the same problems
                }
            }
            return plans;
        }
    }
}
