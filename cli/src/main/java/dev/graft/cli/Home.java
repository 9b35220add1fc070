package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.hub.Hub;
import dev.graft.checkpoint.hub.HubModel;
import dev.graft.checkpoint.hub.HubSettings;
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

    /**
     * A checkpoint by its folder or, where there is no such folder, by the name of an embedded one or of a model on the
     * Hugging Face hub, which is downloaded if the hub's cache doesn't have it.
     *
     * @param terminal told how a download goes
     */
    static Checkpoint checkpoint(String folderOrName, Terminal terminal) {
        Path folder = Path.of(folderOrName);
        if (Files.exists(folder)) {
            return Checkpoint.open(folder);
        }
        if (folder.getNameCount() == 1 && !folder.isAbsolute()) {
            return embedded(folderOrName);
        }
        return HubModel.named(folderOrName)
                .map(model -> Checkpoint.open(downloaded(model, terminal)))
                .orElseGet(() -> Checkpoint.open(folder));
    }

    private static Checkpoint embedded(String name) {
        if (embedded().contains(name)) {
            return Checkpoint.open(checkpoints().resolve(name));
        }
        throw new GraftException(
                Issue.error("E_NOT_FOUND", "'" + name + "' is neither a folder nor an embedded checkpoint")
                        .withCandidates(NearestNames.of(name, embedded()))
                        .withFix("embedded are: " + String.join(", ", embedded())
                                + "; a model on the Hugging Face hub is named org/name"));
    }

    private static Path downloaded(HubModel model, Terminal terminal) {
        try (DownloadProgress progress = DownloadProgress.on(terminal)) {
            return new Hub(HubSettings.ofEnvironment(), progress).folder(model);
        }
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
