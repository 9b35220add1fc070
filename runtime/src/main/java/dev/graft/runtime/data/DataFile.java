package dev.graft.runtime.data;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A data file that was read: its bytes, and what is wrong with it. */
final class DataFile {
    private final byte[] bytes;
    private final DataProblems problems;

    private DataFile(byte[] bytes, DataProblems problems) {
        this.bytes = bytes;
        this.problems = problems;
    }

    /** @throws GraftException {@code E_DATA} where the file cannot be read or is empty */
    static DataFile read(Path file) {
        DataProblems problems = new DataProblems(file);
        try {
            if (Files.size(file) > Integer.MAX_VALUE - 8) {
                throw problems.fatal(0, "it is larger than 2 GiB", "split it into several files");
            }
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0) {
                throw problems.fatal(0, "it is empty", "give a file with at least one example");
            }
            return new DataFile(bytes, problems);
        } catch (NoSuchFileException e) {
            throw problems.fatal(0, "there is no such file", "");
        } catch (IOException e) {
            throw problems.fatal(0, "it cannot be read: " + e.getMessage(), "");
        }
    }

    byte[] bytes() {
        return bytes;
    }

    DataProblems problems() {
        return problems;
    }

    /** The file as UTF-8 text, without a byte order mark. */
    String text() {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw problems.fatal(lineOf(in.position()), "it is not UTF-8 text", "convert the file to UTF-8");
        }
        String text = out.flip().toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private long lineOf(int position) {
        long line = 1;
        for (int i = 0; i < position; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }
}
