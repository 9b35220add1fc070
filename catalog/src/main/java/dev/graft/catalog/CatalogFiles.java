package dev.graft.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The JSON files of this package, so that adding one needs no list of them; from a folder or from inside a jar. */
final class CatalogFiles {
    private static final String ONE_OF_THEM = "llama.json";

    private CatalogFiles() {}

    /** Their texts by file name, sorted. */
    static Map<String, String> all() {
        URL one = Objects.requireNonNull(CatalogFiles.class.getResource(ONE_OF_THEM), ONE_OF_THEM);
        try {
            URI place = one.toURI();
            if (!place.getScheme().equals("jar")) {
                return read(folder(Path.of(place)));
            }
            String spec = place.getSchemeSpecificPart();
            URI jar = URI.create(spec.substring(0, spec.indexOf("!/")));
            try (FileSystem inside = FileSystems.newFileSystem(Path.of(jar))) {
                return read(folder(inside.getPath(spec.substring(spec.indexOf("!/") + 1))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path folder(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static Map<String, String> read(Path folder) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".json")).toList()) {
                texts.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return texts;
    }
}
