package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What stands in a TensorBoard file, read by its format's description; checksums are EventLogTest's business. */
record EventRecords(List<Event> all) {
    private static final int CHECKSUM = 4;

    /** Scalars of a step by tag; the first record has none. */
    record Event(long step, Map<String, Float> scalars) {
        double scalar(String tag) {
            return Objects.requireNonNull(scalars.get(tag), tag);
        }
    }

    static EventRecords of(Path folder) {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("events.out.tfevents.graft")))
                    .order(ByteOrder.LITTLE_ENDIAN);
            List<Event> events = new ArrayList<>();
            while (file.hasRemaining()) {
                int length = (int) file.getLong();
                file.position(file.position() + CHECKSUM);
                events.add(event(part(file, length)));
                file.position(file.position() + CHECKSUM);
            }
            return new EventRecords(events);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The scalars of a step in the order of the file. */
    List<Event> withTag(String tag) {
        return all.stream().filter(event -> event.scalars().containsKey(tag)).toList();
    }

    private static Event event(ByteBuffer message) {
        long step = 0;
        Map<String, Float> scalars = new LinkedHashMap<>();
        while (message.hasRemaining()) {
            switch ((int) varint(message)) {
                case 1 << 3 | 1 ->
                    assertThat(message.getDouble()).as("wall time").isPositive();
                case 2 << 3 -> step = varint(message);
                case 3 << 3 | 2 -> assertThat(text(message)).isEqualTo("brain.Event:2");
                case 5 << 3 | 2 -> summary(part(message, (int) varint(message)), scalars);
                default -> throw new AssertionError("unknown field in " + message);
            }
        }
        return new Event(step, scalars);
    }

    private static void summary(ByteBuffer summary, Map<String, Float> scalars) {
        while (summary.hasRemaining()) {
            assertThat(varint(summary)).isEqualTo(1 << 3 | 2);
            ByteBuffer value = part(summary, (int) varint(summary));
            assertThat(varint(value)).isEqualTo(1 << 3 | 2);
            String tag = text(value);
            assertThat(varint(value)).isEqualTo(2 << 3 | 5);
            scalars.put(tag, value.getFloat());
        }
    }

    private static String text(ByteBuffer message) {
        return StandardCharsets.UTF_8
                .decode(part(message, (int) varint(message)))
                .toString();
    }

    private static ByteBuffer part(ByteBuffer buffer, int length) {
        ByteBuffer part = buffer.slice(buffer.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(buffer.position() + length);
        return part;
    }

    private static long varint(ByteBuffer buffer) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = buffer.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
