package dev.graft.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a run goes and what may be there already. */
final class OutputOptions {
    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where the run goes; absent until the run is complete, FOLDER.partial while it works.")
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Option(names = "--overwrite", description = "Replace a run that is there.")
    boolean overwrite;

    @Option(names = "--resume", description = "Go on with the unfinished run of FOLDER.partial.")
    boolean resume;

    @Option(names = "--force", description = "Start even though the memory seems too small.")
    boolean force;
}
