package dev.graft.checkpoint;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * SHA-256 over all that a safetensors file says and holds, in whatever order: metadata, and name, element type, shape and
 * bytes of every tensor. It lies among the metadata, under a key that itself does not count.
 */
final class Checksum {
    private static final int PIECE_BYTES = 1 << 26;

    private final Map<String, String> parts = new TreeMap<>();

    Checksum(Map<String, String> metadata, String key) {
        metadata.forEach((name, value) -> parts.put("metadata " + name, value));
        parts.remove("metadata " + key);
    }

    /** An issue unless the file has this checksum and it is right. */
    static Optional<Issue> issue(SafetensorsFile file, String key) {
        Checksum checksum = new Checksum(file.metadata(), key);
        for (TensorInfo tensor : file.tensors().values()) {
            Fingerprint bytes = new Fingerprint();
            for (long from = 0; from < tensor.bytes(); from += PIECE_BYTES) {
                bytes.add(file.bytes(tensor.name(), from, (int) Math.min(PIECE_BYTES, tensor.bytes() - from)));
            }
            checksum.tensor(tensor.name(), tensor.dtype(), tensor.shape(), bytes);
        }
        String expected = file.metadata().get(key);
        if (checksum.hex().equals(expected)) {
            return Optional.empty();
        }
        String problem = expected == null ? "it has no checksum " + key : "its bytes do not match its checksum " + key;
        return Optional.of(Issue.error("E_CHECKSUM", file.path() + ": the file is damaged: " + problem)
                .withFix("copy or make it again"));
    }

    /** A tensor that is yet to be written. */
    @CanIgnoreReturnValue
    Checksum tensor(String name, DType dtype, List<Long> shape, AtomicFile.Content data) {
        Fingerprint bytes = new Fingerprint();
        try (FingerprintChannel channel = new FingerprintChannel(bytes)) {
            data.writeTo(channel);
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no file yet
        }
        tensor(name, dtype, shape, bytes);
        return this;
    }

    private void tensor(String name, DType dtype, List<Long> shape, Fingerprint bytes) {
        parts.put("tensor " + name, dtype + " " + shape + " " + bytes.hex());
    }

    String hex() {
        Fingerprint all = new Fingerprint();
        parts.forEach((name, value) -> {
            all.add(name);
            all.add(value);
        });
        return all.hex();
    }
}
