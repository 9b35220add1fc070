package dev.graft.checkpoint;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One safetensors file, its header checked in full when it is opened. Tensor bytes are mapped on demand, never copied
 * ahead. Safe for use by several threads. Cutting a file short while its bytes are mapped is outside what Java can catch
 * (the operating system ends the process); {@link #requireUnchanged} before reading finds earlier changes.
 */
@CheckReturnValue
public final class SafetensorsFile {
    private static final Set<DType> WHOLE =
            Set.of(DType.I64, DType.I32, DType.I16, DType.I8, DType.U64, DType.U32, DType.U16, DType.U8, DType.BOOL);

    /** Elements widened per mapped piece. */
    private static final int PIECE = 1 << 24;

    private final Path path;
    private final Map<String, String> metadata;
    private final Map<String, TensorInfo> tensors;
    private final long dataStart;
    private final long size;
    private final FileTime modified;
    private final MappedWindows mapped;

    private SafetensorsFile(Path path, Header header, long size, FileTime modified) {
        this.path = path;
        this.metadata = Collections.unmodifiableMap(header.metadata());
        Map<String, TensorInfo> byName = new LinkedHashMap<>(header.tensors().size() * 2);
        header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
        this.tensors = Collections.unmodifiableMap(byName);
        this.dataStart = header.dataStart();
        this.size = size;
        this.modified = modified;
        this.mapped = new MappedWindows(path, size);
    }

    /**
     * Reads and checks the header; no tensor byte is read.
     *
     * @throws GraftException with every problem found, such as {@code E_HEADER_JSON}, {@code E_OVERLAP}, {@code E_TRUNCATED}
     */
    public static SafetensorsFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            FileTime modified = Files.getLastModifiedTime(file);
            return new SafetensorsFile(file, HeaderReader.read(file, channel), channel.size(), modified);
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    public Path path() {
        return path;
    }

    /** The free text pairs of the header, in its order. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors by name, in the order of their data. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** @throws GraftException {@code E_TENSOR} with the nearest names */
    public TensorInfo tensor(String name) {
        TensorInfo tensor = tensors.get(name);
        if (tensor == null) {
            throw new GraftException(Issue.error("E_TENSOR", path + ": there is no tensor " + Excerpt.quoted(name))
                    .withCandidates(NearestNames.of(name, tensors.keySet())));
        }
        return tensor;
    }

    /**
     * The bytes of a tensor, mapped, read-only, little-endian.
     *
     * @throws GraftException {@code E_LIMIT} above 2 GiB - 1: see {@link #bytes(String, long, int)}
     */
    public ByteBuffer bytes(String name) {
        TensorInfo tensor = tensor(name);
        if (tensor.bytes() > Integer.MAX_VALUE) {
            throw tooLarge(tensor, "can't be one buffer; read it in parts");
        }
        return bytes(name, 0, (int) tensor.bytes());
    }

    /** The same for {@code length} bytes from {@code from}, counted within the tensor. */
    public ByteBuffer bytes(String name, long from, int length) {
        TensorInfo tensor = tensor(name);
        if (from < 0 || length < 0 || from > tensor.bytes() - length) {
            throw new IndexOutOfBoundsException(from + " + " + length + " of " + tensor);
        }
        return mapped.bytes(tensor.offset() + from, length);
    }

    /**
     * The elements of an F32, BF16, F16 or F64 tensor, row-major; F64 is rounded.
     *
     * @throws GraftException {@code E_DTYPE} for another element type
     */
    public float[] floats(String name) {
        TensorInfo tensor = tensor(name);
        require(tensor.dtype().isFloat(), tensor, "F32, BF16, F16 or F64");
        float[] values = new float[count(tensor)];
        inPieces(tensor, (piece, at, count) -> Widening.floats(tensor.dtype(), piece, values, at, count));
        return values;
    }

    /** The same for {@code count} elements from {@code from}, at most 2^28. */
    public float[] floats(String name, long from, int count) {
        TensorInfo tensor = tensor(name);
        require(tensor.dtype().isFloat(), tensor, "F32, BF16, F16 or F64");
        int width = tensor.dtype().bits() / Byte.SIZE;
        float[] values = new float[count];
        Widening.floats(tensor.dtype(), bytes(name, from * width, Math.multiplyExact(count, width)), values, 0, count);
        return values;
    }

    /** As {@link #floats}, without loss. */
    public double[] doubles(String name) {
        TensorInfo tensor = tensor(name);
        require(tensor.dtype().isFloat(), tensor, "F32, BF16, F16 or F64");
        double[] values = new double[count(tensor)];
        inPieces(tensor, (piece, at, count) -> {
            for (int i = 0; i < count; i++) {
                values[at + i] = Widening.decimal(tensor.dtype(), piece, i);
            }
        });
        return values;
    }

    /** The elements of a whole-number or BOOL tensor, row-major; U64 keeps its bits. */
    public long[] longs(String name) {
        TensorInfo tensor = tensor(name);
        require(WHOLE.contains(tensor.dtype()), tensor, "a whole-number type");
        long[] values = new long[count(tensor)];
        inPieces(tensor, (piece, at, count) -> {
            for (int i = 0; i < count; i++) {
                values[at + i] = Widening.whole(tensor.dtype(), piece, i);
            }
        });
        return values;
    }

    /**
     * The row-major index of the first element that is infinite or not a number; empty if all are finite or the element
     * type is none of those that {@link #floats} reads.
     */
    public OptionalLong firstNonFinite(String name) {
        return NonFinite.first(this, tensor(name));
    }

    /** @throws GraftException {@code E_CHANGED} if size or modification time are not those at {@link #open} */
    public void requireUnchanged() {
        change().ifPresent(issue -> {
            throw new GraftException(issue);
        });
    }

    /**
     * Reads the whole file.
     *
     * @param key of the metadata, as in {@link SafetensorsWriter#checksum}
     * @throws GraftException {@code E_CHECKSUM} if anything in it is not as it was written
     */
    public void requireChecksum(String key) {
        Checksum.issue(this, key).ifPresent(issue -> {
            throw new GraftException(issue);
        });
    }

    Optional<Issue> change() {
        try {
            long nowSize = Files.size(path);
            FileTime nowModified = Files.getLastModifiedTime(path);
            if (nowSize == size && nowModified.equals(modified)) {
                return Optional.empty();
            }
            return Optional.of(Issue.error(
                            "E_CHANGED",
                            path + ": the file changed since it was opened: " + size + " bytes of " + modified
                                    + ", now " + nowSize + " bytes of " + nowModified)
                    .withFix("open the checkpoint again, and leave it alone while it is in use"));
        } catch (IOException e) {
            return Optional.of(
                    Issue.error("E_CHANGED", path + ": the file was there when it was opened and can't be found now"));
        }
    }

    /** Bytes of all tensors together. */
    long dataSize() {
        return size - dataStart;
    }

    /** Any bytes of the data, {@code from} counted from its start. */
    ByteBuffer data(long from, int length) {
        return mapped.bytes(dataStart + from, length);
    }

    private interface Piece {
        void read(ByteBuffer bytes, int at, int count);
    }

    private void inPieces(TensorInfo tensor, Piece reader) {
        int width = tensor.dtype().bits() / Byte.SIZE;
        int total = count(tensor);
        for (int at = 0; at < total; at += PIECE) {
            int count = Math.min(PIECE, total - at);
            reader.read(bytes(tensor.name(), (long) at * width, count * width), at, count);
        }
    }

    private int count(TensorInfo tensor) {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw tooLarge(tensor, "has more elements than a Java array holds; read it in parts");
        }
        return (int) tensor.elements();
    }

    private GraftException tooLarge(TensorInfo tensor, String problem) {
        return new GraftException(
                Issue.error("E_LIMIT", path + ": tensor " + tensor + " (" + tensor.bytes() + " bytes) " + problem));
    }

    private void require(boolean fits, TensorInfo tensor, String expected) {
        if (!fits) {
            throw new GraftException(Issue.error(
                    "E_DTYPE",
                    path + ": tensor " + Excerpt.quoted(tensor.name()) + " is " + tensor.dtype() + ", expected "
                            + expected));
        }
    }

    @Override
    public String toString() {
        return path + " (" + tensors.size() + " tensors)";
    }
}
