package dev.graft.cli;

import java.util.List;

/** What {@code graft} can do. */
final class Commands {
    private Commands() {}

    /** In the order of the help text. */
    static List<Object> all(Terminal terminal) {
        return List.of(
                new DemoCommand(terminal),
                new SamplesCommand(terminal),
                new InspectCommand(terminal),
                new PlanCommand(terminal),
                new EmitCommand(terminal),
                new PatchCommand(terminal),
                new RunCommand(terminal),
                new CompareCommand(terminal),
                new EvalCommand(terminal),
                new GenerateCommand(terminal),
                new MergeCommand(terminal),
                new ParityCommand(terminal),
                new ReportCommand(terminal),
                new BenchCommand(terminal));
    }
}
