package dev.graft.cli;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.graft.checkpoint.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over several texts and files, in order; each one's end counts. */
final class ContentHash {
    private static final int BUFFER = 1 << 16;

    private final MessageDigest digest = sha256();

    @CanIgnoreReturnValue
    ContentHash add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(bytes);
        return end(bytes.length);
    }

    /** A file's bytes; its name doesn't count. */
    @CanIgnoreReturnValue
    ContentHash add(Path file) {
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                digest.update(buffer, 0, read);
                size += read;
            }
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
        return end(size);
    }

    private ContentHash end(long size) {
        digest.update((byte) '\n');
        digest.update(Long.toString(size).getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        return this;
    }

    /** The hash; afterwards the object begins anew. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
