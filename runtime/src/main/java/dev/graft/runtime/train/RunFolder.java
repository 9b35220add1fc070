package dev.graft.runtime.train;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.model.Layout;
import java.nio.file.Path;
import java.util.Optional;

/** The files of a run: in {@code OUT.partial} while it works, where a killed run can be taken up again; then in {@code OUT}. */
final class RunFolder implements AutoCloseable {
    static final String ADAPTER = AdapterFile.NAME;
    static final String BEST = "adapter-best.safetensors";

    private final OutputFolder output;
    private final StateFiles states;
    private final boolean resumed;

    private RunFolder(OutputFolder output, boolean resumed) {
        this.output = output;
        this.states = new StateFiles(output.path());
        this.resumed = resumed;
    }

    /**
     * Begins the folder, or takes up an unfinished one.
     *
     * @throws dev.graft.issue.GraftException {@code E_EXISTS}, {@code E_NOT_FOUND} (nothing to resume), {@code E_LOCKED},
     *     {@code E_PERM}, {@code E_NOSPACE} or {@code E_IO}
     */
    static RunFolder open(RunRequest request) {
        IfExists ifExists = request.overwrite() ? IfExists.REPLACE : IfExists.REFUSE;
        OutputFolder output = request.resume()
                ? OutputFolder.resume(request.out(), ifExists)
                : OutputFolder.create(request.out(), ifExists);
        return new RunFolder(output, request.resume());
    }

    Path path() {
        return output.path();
    }

    /**
     * From now on the folder outlives the process, even a killed one.
     *
     * @param stateElements fp32 numbers that a saved state holds
     * @throws dev.graft.issue.GraftException {@code E_NOSPACE} where two states do not fit on the disk
     */
    void keep(String plan, long stateElements) {
        output.requireSpace(2 * stateElements * Float.BYTES);
        AtomicFile.write(path().resolve("plan.json"), IfExists.REPLACE, plan);
        output.keepUnfinished();
    }

    /** The state to go on from; empty if the run starts at its beginning. */
    Optional<TrainingState> state() {
        return resumed ? states.latest() : Optional.empty();
    }

    void save(TrainingState state) {
        states.save(state);
    }

    /** Metrics and curves, behind what a saved state knows of. */
    RunLog log(RunLog.Lengths known, int routingEvery) {
        return RunLog.open(path(), known, routingEvery);
    }

    void adapter(String name, AdapterHeader header, Layout layout, float[] values) {
        AdapterFile.write(path().resolve(name), IfExists.REPLACE, header, layout, values);
    }

    /** Drops the states, and gives the folder its name. */
    void publish() {
        states.clear();
        output.publish();
    }

    @Override
    public void close() {
        output.close();
    }
}
