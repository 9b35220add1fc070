package dev.graft.runtime.train;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a run works on; how it trains is the program's own.
 *
 * @param base folder of the checkpoint
 * @param training the data to learn from
 * @param validation the data to measure on
 * @param out the folder to make: absent until the run is complete, {@code OUT.partial} while it works
 * @param overwrite whether a folder that is there already is replaced
 * @param resume whether the unfinished run of {@code OUT.partial} goes on
 * @param force whether the run starts even though the memory seems too small
 * @param watching what the run looks out for
 * @param plan the text of {@code plan.json}
 * @param start the adapter that the run starts from; empty for random numbers
 */
public record RunRequest(
        Path base,
        DataFiles training,
        Optional<DataFiles> validation,
        Path out,
        boolean overwrite,
        boolean resume,
        boolean force,
        Watching watching,
        String plan,
        Optional<StartAdapter> start) {

    /** A new run into a folder that is not there yet, without validation. */
    public static RunRequest of(Path base, DataFiles training, Path out, String plan) {
        return new RunRequest(
                base, training, Optional.empty(), out, false, false, false, Watching.USUAL, plan, Optional.empty());
    }

    public RunRequest validation(DataFiles files) {
        return new RunRequest(base, training, Optional.of(files), out, overwrite, resume, force, watching, plan, start);
    }

    public RunRequest overwrite(boolean value) {
        return new RunRequest(base, training, validation, out, value, resume, force, watching, plan, start);
    }

    public RunRequest resume(boolean value) {
        return new RunRequest(base, training, validation, out, overwrite, value, force, watching, plan, start);
    }

    public RunRequest force(boolean value) {
        return new RunRequest(base, training, validation, out, overwrite, resume, value, watching, plan, start);
    }

    public RunRequest start(StartAdapter adapter) {
        return new RunRequest(
                base, training, validation, out, overwrite, resume, force, watching, plan, Optional.of(adapter));
    }

    public RunRequest watching(Watching value) {
        return new RunRequest(base, training, validation, out, overwrite, resume, force, value, plan, start);
    }
}
