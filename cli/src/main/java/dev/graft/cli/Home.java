package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Graft's own folder, with the embedded checkpoints and data; the launcher names it in {@code graft.home}. */
final class Home {
    private Home() {}

    /** A checkpoint by its folder or, where there is no such folder, by the name of an embedded one. */
    static Checkpoint checkpoint(String folderOrName) {
        Path folder = Path.of(folderOrName);
        boolean name = !Files.exists(folder) && folder.getNameCount() == 1 && !folder.isAbsolute();
        if (name && embedded().contains(folderOrName)) {
            return Checkpoint.open(checkpoints().resolve(folderOrName));
        }
        if (name) {
            throw new GraftException(
                    Issue.error("E_NOT_FOUND", "'" + folderOrName + "' is neither a folder nor an embedded checkpoint")
                            .withCandidates(NearestNames.of(folderOrName, embedded()))
                            .withFix("embedded are: " + String.join(", ", embedded())));
        }
        return Checkpoint.open(folder);
    }

    /** The names of the embedded checkpoints. */
    static List<String> embedded() {
        try (Stream<Path> folders = Files.list(checkpoints())) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the demo goes unless it is told. */
    static Path demo() {
        return samples().resolveSibling("target").resolve("graft-demo");
    }

    /** A file below {@code samples/data}. */
    static Path data(String file) {
        return samples().resolve("data").resolve(file);
    }

    /** The source of a sample. */
    static Path source(Class<?> sample) {
        return samples().resolve("src/main/java").resolve(sample.getName().replace('.', '/') + ".java");
    }

    private static Path checkpoints() {
        return samples().resolve("checkpoints");
    }

    private static Path samples() {
        String home = System.getProperty("graft.home", "");
        Path samples = Path.of(home).resolve("samples");
        if (home.isEmpty() || !Files.isDirectory(samples)) {
            throw new GraftException(Issue.error("E_HOME", "the folder of the samples is not known")
                    .withFix("start Graft with its launcher, or with -Dgraft.home=FOLDER"));
        }
        return samples;
    }
}
