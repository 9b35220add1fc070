package dev.graft.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes one safetensors file: metadata and tensors in the order in which they are added, the header padded with spaces to
 * 8 bytes, the data streamed, the whole atomic ({@link AtomicFile}), so that a file may be written over one that is
 * still mapped. The same calls give the same bytes.
 *
 * <pre>{@code
 * new SafetensorsWriter()
 *         .metadata("format", "pt")
 *         .floats("router", List.of(4L, 192L), weights)
 *         .write(file, IfExists.REFUSE);
 * }</pre>
 */
public final class SafetensorsWriter {
    private static final int COPIED_AT_ONCE = 1 << 26;

    private record Part(
            String name, DType dtype, List<Long> shape, long bytes, boolean hole, AtomicFile.Content data) {}

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Part> parts = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private @Nullable String checksum;

    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    public SafetensorsWriter metadata(Map<String, String> pairs) {
        metadata.putAll(pairs);
        return this;
    }

    /**
     * Adds a checksum over all else to the metadata, for {@link SafetensorsFile#requireChecksum}. Each tensor's data is
     * written twice, the first time into it.
     */
    public SafetensorsWriter checksum(String key) {
        checksum = key;
        return this;
    }

    /**
     * @param shape empty for a scalar
     * @param data writes exactly as many bytes as shape and element type need, row-major, little-endian
     */
    public SafetensorsWriter tensor(String name, DType dtype, List<Long> shape, AtomicFile.Content data) {
        return add(name, dtype, shape, false, data);
    }

    private SafetensorsWriter add(String name, DType dtype, List<Long> shape, boolean hole, AtomicFile.Content data) {
        if (name.equals("__metadata__") || !names.add(name)) {
            throw new IllegalArgumentException("the tensor name " + name + " is taken");
        }
        parts.add(new Part(name, dtype, List.copyOf(shape), bytes(name, dtype, shape), hole, data));
        return this;
    }

    private static long bytes(String name, DType dtype, List<Long> shape) {
        long bits = dtype.bits();
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(name + " has the shape " + shape);
            }
            bits = Math.multiplyExact(bits, dimension);
        }
        if (bits % Byte.SIZE != 0) {
            throw new IllegalArgumentException(name + " " + dtype + " " + shape + " does not end on a byte");
        }
        return bits / Byte.SIZE;
    }

    /** A tensor of zeros that takes no room on the disk, where the file system can leave holes in files. */
    public SafetensorsWriter zeros(String name, DType dtype, List<Long> shape) {
        long bytes = bytes(name, dtype, shape);
        return add(name, dtype, shape, true, channel -> channel.position(channel.position() + bytes));
    }

    /** As {@link #tensor}, from the buffer's remaining bytes. */
    public SafetensorsWriter bytes(String name, DType dtype, List<Long> shape, ByteBuffer data) {
        return tensor(name, dtype, shape, channel -> AtomicFile.writeFully(channel, data.duplicate()));
    }

    /** An F32 tensor. */
    public SafetensorsWriter floats(String name, List<Long> shape, float... values) {
        return tensor(name, DType.F32, shape, channel -> {
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            AtomicFile.writeFully(channel, bytes);
        });
    }

    /** An I64 tensor. */
    public SafetensorsWriter longs(String name, List<Long> shape, long... values) {
        return tensor(name, DType.I64, shape, channel -> {
            ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asLongBuffer().put(values);
            AtomicFile.writeFully(channel, bytes);
        });
    }

    /** A tensor of another file as it is. */
    public SafetensorsWriter copy(SafetensorsFile source, String name) {
        TensorInfo tensor = source.tensor(name);
        return tensor(name, tensor.dtype(), tensor.shape(), channel -> {
            for (long from = 0; from < tensor.bytes(); from += COPIED_AT_ONCE) {
                int length = (int) Math.min(COPIED_AT_ONCE, tensor.bytes() - from);
                AtomicFile.writeFully(channel, source.bytes(name, from, length));
            }
        });
    }

    /**
     * @throws GraftException {@code E_HEADER_SIZE} above the format's limit of 100 MB, and what {@link AtomicFile#write}
     *     throws; nothing is written then
     */
    public void write(Path target, IfExists ifExists) {
        ByteBuffer header = header(target);
        long written = header.remaining()
                + parts.stream()
                        .filter(part -> !part.hole())
                        .mapToLong(Part::bytes)
                        .sum();
        AtomicFile.write(target, ifExists, written, channel -> {
            AtomicFile.writeFully(channel, header);
            for (Part part : parts) {
                write(part, channel);
            }
            if (channel.position() > channel.size()) {
                AtomicFile.writeFully(channel.position(channel.position() - 1), ByteBuffer.allocate(1));
            }
        });
    }

    private static void write(Part part, SeekableByteChannel channel) throws IOException {
        long start = channel.position();
        part.data().writeTo(channel);
        long bytes = channel.position() - start;
        if (bytes != part.bytes()) {
            throw new IllegalStateException(
                    part.name() + " wrote " + bytes + " bytes, its shape needs " + part.bytes());
        }
    }

    /** The length and the padded JSON. */
    private ByteBuffer header(Path target) {
        byte[] json = json(metadataWithChecksum());
        int padded = (json.length + 7) / 8 * 8;
        if (padded > HeaderReader.MAX_HEADER_BYTES) {
            throw new GraftException(Issue.error(
                    "E_HEADER_SIZE",
                    target + ": the header would have " + padded + " bytes, the format's limit is "
                            + HeaderReader.MAX_HEADER_BYTES));
        }
        byte[] spaces = new byte[padded - json.length];
        Arrays.fill(spaces, (byte) ' ');
        return ByteBuffer.allocate(Long.BYTES + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded)
                .put(json)
                .put(spaces)
                .flip();
    }

    private Map<String, String> metadataWithChecksum() {
        String key = checksum;
        if (key == null) {
            return metadata;
        }
        Checksum sum = new Checksum(metadata, key);
        parts.forEach(part -> sum.tensor(part.name(), part.dtype(), part.shape(), part.data()));
        Map<String, String> all = new LinkedHashMap<>(metadata);
        all.put(key, sum.hex());
        return all;
    }

    private byte[] json(Map<String, String> pairs) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            if (!pairs.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> pair : pairs.entrySet()) {
                    json.writeStringField(pair.getKey(), pair.getValue());
                }
                json.writeEndObject();
            }
            long offset = 0;
            for (Part part : parts) {
                json.writeObjectFieldStart(part.name());
                json.writeStringField("dtype", part.dtype().name());
                writeNumbers(json, "shape", part.shape());
                writeNumbers(json, "data_offsets", List.of(offset, offset + part.bytes()));
                json.writeEndObject();
                offset += part.bytes();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void writeNumbers(JsonGenerator json, String field, List<Long> numbers) throws IOException {
        json.writeArrayFieldStart(field);
        for (long number : numbers) {
            json.writeNumber(number);
        }
        json.writeEndArray();
    }
}
