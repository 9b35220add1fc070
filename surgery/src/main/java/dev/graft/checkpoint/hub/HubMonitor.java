package dev.graft.checkpoint.hub;

import dev.graft.issue.Issue;

/** Told how a download goes, on the thread that downloads. */
public interface HubMonitor {
    /** For whoever doesn't want to know. */
    HubMonitor SILENT = new HubMonitor() {};

    /** Another process, or thread, downloads the same model; it is waited for. */
    default void waiting(HubModel model) {}

    /**
     * A file begins.
     *
     * @param from bytes that an earlier download left
     * @param size of the whole file in bytes
     */
    default void started(HubModel model, String file, long from, long size) {}

    /** So many bytes of the file are there. */
    default void reached(long bytes) {}

    /** The file is complete and verified. */
    default void finished() {}

    /** Something failed that may go better in a moment; it is tried again. */
    default void failed(Issue why) {}
}
