package dev.graft.runtime.train;

import dev.graft.runtime.data.Cursor;
import java.util.Map;

/**
 * All that a run needs to go on.
 *
 * @param run which run this is
 * @param step the last one made
 * @param cursor where the data of the next one begins
 * @param progress what the run remembers
 * @param logs how far metrics and curves go up to here
 * @param values the trainable values, in the order of the flat buffer
 * @param optimizer the optimizer's state by name
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
record TrainingState(
        RunIdentity run,
        long step,
        Cursor cursor,
        Progress progress,
        RunLog.Lengths logs,
        float[] values,
        Map<String, float[]> optimizer) {}
