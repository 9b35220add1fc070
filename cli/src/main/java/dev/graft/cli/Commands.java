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
                new ImportCommand(terminal),
                new ExportCommand(terminal),
                new ParityCommand(terminal),
                new ReportCommand(terminal),
                new BenchCommand(terminal));
    }

    /** What {@code graft bench} can measure, besides the methods of its own class. */
    static List<Object> benches(Terminal terminal) {
        return List.of(
                new T5BenchCommand(terminal), new MoLoraBenchCommand(terminal), new GenerateBenchCommand(terminal));
    }
}
