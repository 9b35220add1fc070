package dev.graft.cli;

import dev.graft.checkpoint.OutputFolder;
import dev.graft.dsl.Training;
import dev.graft.report.ComparisonPages;
import dev.graft.report.ComparisonTable;
import dev.graft.report.Contender;
import dev.graft.report.HtmlReport;
import dev.graft.report.RunRecord;
import dev.graft.report.Score;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.RunResult;
import dev.graft.runtime.train.Watching;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains several specs with several seeds and compares them. */
@Command(
        name = "compare",
        header = "Train several specs with several seeds on the same data, and compare them.",
        description = "Plans every spec, then trains one after the other. Each run has its folder below OUT/runs, named"
                + " after the spec, the seed and a hash over plan, base and data: the same command goes on where it was"
                + " stopped, and runs nothing twice. A comparison that names tasks or a test asks the untouched and every trained"
                + " model their questions. In the end OUT holds the table (comparison.md, comparison.json) and"
                + " report.html with the curves over each other.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft compare samples/comparisons/AdaMoeAgainstTopTwo.java --out adamoe-results",
            "  graft compare MyComparison.java --out results --threads 1 --steps 20"
        })
final class CompareCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            paramLabel = "FILE",
            description = "A Java file with a public class that implements dev.graft.dsl.Comparison.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where runs and results go; what is there from the same comparison is used again.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--base",
            paramLabel = BaseName.LABEL,
            description = "In place of the comparison's own base: " + BaseName.MEANING + ".")
    private @Nullable String base;

    @Option(names = "--force", description = "Start even though the memory seems too small.")
    private boolean force;

    @ArgGroup(exclusive = false, validate = false, heading = "%nTraining settings; they replace those of every spec:%n")
    private Overrides overrides = new Overrides();

    CompareCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ComparisonFile comparison = ComparisonFile.load(file, base, overrides, terminal);
        RunFolders folders = RunFolders.of(comparison, out);
        ComparedAnswers answers = new ComparedAnswers(comparison.base(), comparison.questions(), terminal);
        int all = comparison.plans().values().stream().mapToInt(List::size).sum();
        int number = 0;
        List<Contender> contenders = new ArrayList<>();
        for (Map.Entry<String, List<InjectionPlan>> spec : comparison.plans().entrySet()) {
            List<RunRecord> runs = new ArrayList<>();
            for (InjectionPlan plan : spec.getValue()) {
                Path folder = folders.of(plan);
                terminal.out().println("run " + ++number + " of " + all + ": " + folder.getFileName());
                if (Files.exists(folder)) {
                    terminal.out().println("it is there already");
                } else if (train(comparison, plan, folder).interrupted()) {
                    return ExitCode.INTERRUPTED;
                }
                runs.add(RunRecord.read(folder).with(answers.adapted(plan, folder)));
            }
            contenders.add(new Contender(spec.getKey(), runs));
        }
        List<Score> untouched = answers.untouched(training(comparison), folders.untouched());
        ComparisonTable table = new ComparisonTable(contenders, untouched, answers.constant());
        ComparisonPages.write(out, comparison.name(), table);
        terminal.out().println();
        terminal.out().print(TextTable.of(table));
        terminal.out().println("the table and the curves are in " + out.resolve(HtmlReport.FILE));
        return ExitCode.DONE;
    }

    /** What the untouched base is asked with: threads and precision of the first plan. */
    private static Training training(ComparisonFile comparison) {
        return comparison.plans().values().stream()
                .flatMap(List::stream)
                .map(plan -> plan.surgery().training())
                .findFirst()
                .orElseThrow();
    }

    private RunResult train(ComparisonFile comparison, InjectionPlan plan, Path folder) {
        terminal.out().println(plan.budget().line());
        RunRequest request = new RunRequest(
                comparison.base().folder(),
                comparison.training(),
                Optional.of(comparison.validation()),
                folder,
                false,
                OutputFolder.isUnfinished(folder),
                force,
                Watching.USUAL,
                PlanJson.write(plan),
                Optional.empty());
        return new WatchedRun(terminal, "the same command").run(GeneratedProgram.of(plan), request);
    }

    /** Where the runs of a comparison are: what makes a run another one stands in its folder's name. */
    private record RunFolders(Path folder, String inputs) {
        private static final int HASH = 12;

        static RunFolders of(ComparisonFile comparison, Path out) {
            ContentHash hash = new ContentHash()
                    .add(comparison.base().contentFingerprint())
                    .add(comparison.training().spec().toString())
                    .add(comparison.validation().spec().toString());
            comparison.training().files().forEach(hash::add);
            hash.add("validation");
            comparison.validation().files().forEach(hash::add);
            return new RunFolders(out.resolve("runs"), hash.hex());
        }

        /** What the base answers without an adapter. */
        Path untouched() {
            return folder.resolve("untouched-" + inputs.substring(0, HASH));
        }

        Path of(InjectionPlan plan) {
            String hash = new ContentHash().add(inputs).add(plan.planHash()).hex();
            return folder.resolve(
                    plan.surgery().name() + "-seed" + plan.surgery().training().seed() + "-" + hash.substring(0, HASH));
        }
    }
}
