package dev.graft.cli;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.Fingerprint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** SHA-256 over several texts and files, in order; each one's end counts. */
final class ContentHash {
    private static final int BUFFER = 1 << 16;

    private final Fingerprint print = new Fingerprint();

    @CanIgnoreReturnValue
    ContentHash add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        print.add(ByteBuffer.wrap(bytes));
        return end(bytes.length);
    }

    /** A file's bytes; its name doesn't count. */
    @CanIgnoreReturnValue
    ContentHash add(Path file) {
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                print.add(ByteBuffer.wrap(buffer, 0, read));
                size += read;
            }
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
        return end(size);
    }

    private ContentHash end(long size) {
        print.add(ByteBuffer.wrap(("\n" + size + "\n").getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    /** The hash; afterwards the object begins anew. */
    String hex() {
        return print.hex();
    }
}
