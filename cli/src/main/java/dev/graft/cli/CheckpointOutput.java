package dev.graft.cli;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.Reuse;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a written checkpoint goes, and what becomes of files that stay as they are. */
final class CheckpointOutput {
    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where the checkpoint goes; absent until it is complete, FOLDER.partial before.")
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Option(
            names = "--copy",
            description =
                    "Copy the shards that stay as they are; by default they are links to the base's, which must then"
                            + " stay where it is.")
    private boolean copy;

    @Option(names = "--overwrite", description = "Replace a checkpoint that Graft wrote there.")
    private boolean overwrite;

    Reuse reuse() {
        return copy ? Reuse.COPY : Reuse.LINK;
    }

    IfExists ifExists() {
        return overwrite ? IfExists.REPLACE : IfExists.REFUSE;
    }
}
