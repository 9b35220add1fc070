package dev.graft.codegen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A generated project: file texts by path relative to its folder.
 *
 * @param model the generated model's class name
 * @param training the class name of its program, a runtime {@code Program}
 * @param files sorted by path
 */
public record GeneratedSources(String model, String training, SortedMap<String, String> files) {
    public GeneratedSources {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** The Java files alone. */
    public SortedMap<String, String> java() {
        SortedMap<String, String> java = new TreeMap<>();
        files.forEach((path, text) -> {
            if (path.endsWith(".java")) {
                java.put(path, text);
            }
        });
        return java;
    }

    /**
     * Compiles the Java files in memory and makes the generated program.
     *
     * @param type what the program is, the runtime's {@code Program}
     */
    public <T> T load(Class<T> type) {
        ClassLoader loader = SourceCompiler.compile(java(), List.of("-Xlint:all", "-Werror"));
        try {
            return type.cast(loader.loadClass(training).getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(training + " can't be made", e);
        }
    }

    /** Writes every file below {@code folder}, which the caller made. */
    public void writeTo(Path folder) {
        try {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
