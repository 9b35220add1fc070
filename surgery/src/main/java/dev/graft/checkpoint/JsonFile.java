package dev.graft.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A JSON file of bounded size. */
final class JsonFile {
    private JsonFile() {}

    static JsonScanner read(Path file, long maxBytes) throws IOException, MalformedJson {
        long size = Files.size(file);
        if (size > maxBytes) {
            throw new MalformedJson("it has " + size + " bytes, expected at most " + maxBytes);
        }
        byte[] bytes = Files.readAllBytes(file);
        return new JsonScanner(bytes, 0, bytes.length);
    }
}
