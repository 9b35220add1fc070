package dev.graft.cli;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a translated adapter goes. */
final class AdapterOutput {
    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where the adapter goes; absent until it is complete.")
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Option(names = "--overwrite", description = "Replace an adapter that Graft wrote there.")
    private boolean overwrite;

    /** Begins the folder. */
    OutputFolder create(Path adapter) {
        OutputFolder.requireApart(folder, adapter);
        return OutputFolder.create(folder, overwrite ? IfExists.REPLACE : IfExists.REFUSE);
    }
}
