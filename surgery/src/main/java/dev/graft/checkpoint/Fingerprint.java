package dev.graft.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/** SHA-256 over texts and bytes: the hashes by which plans and adapters know their base, and files themselves. */
public final class Fingerprint {
    private static final int EDGE = 64 * 1024;

    private final MessageDigest digest;

    public Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String headers(Map<String, TensorInfo> tensors) {
        String[] names = tensors.keySet().toArray(String[]::new);
        Arrays.sort(names);
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            TensorInfo tensor = Objects.requireNonNull(tensors.get(name));
            // The length first, so that no two lists of tensors give the same text.
            text.append(name.length())
                    .append(' ')
                    .append(name)
                    .append(tensor.dtype().name());
            for (long dimension : tensor.shape()) {
                text.append(' ').append(dimension);
            }
            text.append('\n');
        }
        Fingerprint print = new Fingerprint();
        print.digest.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return print.hex();
    }

    static String content(Checkpoint checkpoint) {
        Fingerprint print = new Fingerprint();
        print.add(checkpoint.config().canonical());
        print.add(checkpoint.headersHash());
        checkpoint.shards().forEach(print::addEdges);
        return print.hex();
    }

    /** Adds a text and where it ends. */
    public void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }

    /** Adds what is left in a buffer. */
    public void add(ByteBuffer bytes) {
        digest.update(bytes);
    }

    private void addEdges(SafetensorsFile shard) {
        long size = shard.dataSize();
        int edge = (int) Math.min(EDGE, size);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
        digest.update(shard.data(0, edge));
        digest.update(shard.data(size - edge, edge));
    }

    /** The hash, 64 lower-case digits; afterwards the object begins anew. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
