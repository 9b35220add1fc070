package dev.graft.runtime.train;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The command line of a generated program. */
public final class ProgramMain {
    private final Program program;
    private final PrintStream out;
    private final PrintStream err;

    private ProgramMain(Program program, PrintStream out, PrintStream err) {
        this.program = program;
        this.out = out;
        this.err = err;
    }

    /**
     * Trains as the arguments say; progress goes to the standard output, problems to the standard error.
     *
     * @return the process's exit code, see {@link ExitCode}
     */
    public static int run(Program program, String... args) {
        return new ProgramMain(program, System.out, System.err).run(args);
    }

    private int run(String... args) {
        try {
            ProgramArguments arguments = ProgramArguments.parse(args);
            if (arguments.help()) {
                out.println(ProgramArguments.USAGE);
                return ExitCode.DONE;
            }
            RunRequest request = arguments.request(plan());
            Interruption interruption = new Interruption();
            return interruption.onShutdown(() -> train(request, interruption));
        } catch (GraftException e) {
            return refuse(e);
        } catch (OutOfMemoryError e) {
            return refuse(MemoryShortage.of(e));
        } catch (RuntimeException e) {
            e.printStackTrace(err);
            return ExitCode.INTERNAL;
        }
    }

    private int refuse(GraftException refusal) {
        err.println(refusal.getMessage());
        return ExitCode.of(refusal);
    }

    private int train(RunRequest request, Interruption interruption) {
        RunResult result = Trainer.run(program, request, new LogLines(out), interruption);
        if (result.interrupted()) {
            out.println("interrupted after step " + result.step() + "; its state is in " + result.folder()
                    + "; go on with --resume");
            return ExitCode.INTERRUPTED;
        }
        out.println("adapter, plan and metrics are in " + result.folder());
        return ExitCode.DONE;
    }

    private String plan() {
        try (InputStream json = program.getClass().getResourceAsStream("/plan.json")) {
            if (json == null) {
                throw new GraftException(Issue.error("E_NOT_FOUND", "the program's jar has no plan.json")
                        .withFix("build the generated project with its src/main/resources"));
            }
            return new String(json.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new GraftException(Issue.error("E_IO", "plan.json can't be read: " + e.getMessage()), e);
        }
    }
}
