package dev.graft.cli;

import dev.graft.runtime.train.ExitCode;
import dev.graft.samples.Sample;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Lists the samples. */
@Command(
        name = "samples",
        header = "List the specs to start from.",
        description = "Each is one Java file: copy it, change it, and give the copy to plan, emit or run.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class SamplesCommand implements Callable<Integer> {
    private final Terminal terminal;

    SamplesCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        TextTable table = new TextTable();
        Sample.all().forEach(sample -> table.row(sample.name(), sample.summary()));
        Sample.all()
                .forEach(sample ->
                        table.row("", Home.source(sample.spec().getClass()).toString()));
        terminal.out().print(table);
        return ExitCode.DONE;
    }
}
