package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.model.Layout;

/** Writes what a run has so far. */
final class Saver {
    private final Checkpoint base;
    private final RunIdentity run;
    private final AdapterHeader header;
    private final Layout layout;
    private final Steps steps;
    private final Updater updater;
    private final RunFolder folder;
    private final RunLog log;

    Saver(
            Checkpoint base,
            RunIdentity run,
            AdapterHeader header,
            Layout layout,
            Steps steps,
            Updater updater,
            RunFolder folder,
            RunLog log) {
        this.base = base;
        this.run = run;
        this.header = header;
        this.layout = layout;
        this.steps = steps;
        this.updater = updater;
        this.folder = folder;
        this.log = log;
    }

    /** The state, from which the run can go on. */
    void state(Progress progress) {
        base.requireUnchanged();
        folder.save(new TrainingState(
                run, steps.made(), steps.cursor(), progress, log.synced(), updater.values(), updater.optimizer()));
    }

    /** The trained tensors as they are now. */
    void adapter(String name) {
        base.requireUnchanged();
        folder.adapter(name, header.at(steps.made()), layout, updater.values());
    }
}
