package dev.graft.runtime.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Scalars as TensorBoard reads them: a file of TFRecords, each a protocol buffer {@code tensorflow.Event}. The first record
 * names the format's version.
 */
final class EventLog {
    /** TensorBoard finds its files by the middle of their names. */
    static final String NAME = "events.out.tfevents.graft";

    private static final String VERSION = "brain.Event:2";

    // tensorflow.Event
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    // tensorflow.Summary and its Value
    private static final int VALUE = 1;
    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;

    /** What TensorFlow adds to a turned checksum, so that a checksum over checksums is no special number. */
    private static final int MASK = 0xa282ead8;

    private static final int MASK_TURN = 15;

    private final AppendedFile file;

    /**
     * @param file empty, or behind a record
     * @param time seconds since 1970
     */
    EventLog(AppendedFile file, double time) {
        this.file = file;
        if (file.isEmpty()) {
            append(new ProtoMessage().field(WALL_TIME, time).field(FILE_VERSION, VERSION));
        }
    }

    /**
     * One record with all scalars of a step; those that are not finite are left out.
     *
     * @param time seconds since 1970
     * @param scalars by tag
     */
    void write(double time, long step, Map<String, Double> scalars) {
        ProtoMessage summary = new ProtoMessage();
        scalars.forEach((tag, value) -> {
            if (Double.isFinite(value)) {
                summary.field(VALUE, new ProtoMessage().field(TAG, tag).field(SIMPLE_VALUE, (float) (double) value));
            }
        });
        append(new ProtoMessage().field(WALL_TIME, time).field(STEP, step).field(SUMMARY, summary));
    }

    /** Length, its checksum, the message, its checksum. */
    private void append(ProtoMessage event) {
        byte[] message = event.bytes();
        ByteBuffer rest = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + message.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(message.length);
        rest.putInt(checksum(rest.array(), 0, Long.BYTES)).put(message);
        rest.putInt(checksum(rest.array(), Long.BYTES + Integer.BYTES, message.length));
        file.append(rest.array());
    }

    private static int checksum(byte[] bytes, int start, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start, length);
        return Integer.rotateRight((int) crc.getValue(), MASK_TURN) + MASK;
    }
}
