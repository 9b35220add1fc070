package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.MemoryShortage;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code graft} command. */
@Command(
        name = "graft",
        header = "Turns pretrained language models into mixtures of experts.",
        description = {
            "",
            "A spec says where routed experts go; Graft resolves it against a checkpoint into a plan, writes the Java"
                    + " source of the patched model and its training loop, and runs it.",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Start here:",
            "  graft demo                                   the whole line on an embedded model, in two minutes",
            "  graft samples                                specs to start from",
            "  graft plan MySpec.java --base BASE           what a spec would do, without loading a weight",
            "  graft run MySpec.java --base BASE --data train.txt --out adapter",
            "",
            "BASE is a checkpoint in Hugging Face's layout: a folder, the name of an embedded one, such as tiny-llama, or a",
            "model on the Hugging Face hub (org/name, org/name@revision), which is looked for in the hub's local cache and",
            "downloaded into it if need be. HF_HUB_CACHE, HF_HOME, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE are honoured."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:checked and failed (parity beyond tolerance, plans that differ)",
            "2:wrong usage or input; nothing was written",
            "3:internal error, or a disk, a network or an engine that fails",
            "130, 143:interrupted; a run has saved its state first"
        })
public final class Main implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Show where in the program a problem was found.")
    private boolean stackTrace;

    private final Terminal terminal;

    private Main(Terminal terminal) {
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        System.exit(run(Terminal.system(), args));
    }

    /** Runs one command line in this process. @return the exit code */
    public static int run(Terminal terminal, String... args) {
        Main main = new Main(terminal);
        CommandLine commands = new CommandLine(main);
        Commands.all(terminal).forEach(commands::addSubcommand);
        CommandLine bench = Objects.requireNonNull(commands.getSubcommands().get("bench"));
        Commands.benches(terminal).forEach(bench::addSubcommand);
        commands.getSubcommands().values().forEach(Main::layOut);
        commands.setOut(writer(terminal.out()))
                .setErr(writer(terminal.err()))
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.interactive() ? Ansi.ON : Ansi.OFF))
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((problem, words) -> main.refuse(problem))
                .setExecutionExceptionHandler((problem, command, words) -> main.report(problem));
        try {
            return commands.execute(args);
        } catch (OutOfMemoryError e) {
            return main.report(MemoryShortage.of(e));
        }
    }

    /** Help with the usual gaps, options in the order of their importance. */
    private static void layOut(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .descriptionHeading("%n")
                .parameterListHeading("%n")
                .optionListHeading("%n")
                .sortOptions(false);
        command.getSubcommands().values().forEach(Main::layOut);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private int refuse(ParameterException problem) {
        String help = problem.getCommandLine().getCommandSpec().qualifiedName() + " --help";
        Issue issue =
                Issue.error("E_USAGE", String.valueOf(problem.getMessage())).withFix("see " + help);
        if (problem instanceof UnmatchedArgumentException unmatched) {
            issue = issue.withCandidates(nearest(unmatched.getUnmatched().get(0), problem.getCommandLine()));
        }
        show(List.of(issue));
        trace(problem);
        return ExitCode.INPUT;
    }

    private static List<String> nearest(String unknown, CommandLine command) {
        return NearestNames.of(
                unknown,
                unknown.startsWith("-")
                        ? command.getCommandSpec().optionsMap().keySet()
                        : command.getSubcommands().keySet());
    }

    private int report(Exception problem) {
        trace(problem);
        if (problem instanceof GraftException refusal) {
            show(refusal.issues());
            return ExitCode.of(refusal);
        }
        show(List.of(Issue.error("E_INTERNAL", "unexpected " + problem)
                .withFix("run again with --stacktrace and report what it prints")));
        return ExitCode.INTERNAL;
    }

    private void show(List<Issue> issues) {
        issues.forEach(issue -> terminal.err().println(terminal.paint(issue)));
    }

    private void trace(Exception problem) {
        if (stackTrace) {
            problem.printStackTrace(terminal.err());
        }
    }
}
