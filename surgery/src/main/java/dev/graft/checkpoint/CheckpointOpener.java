package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Finds a checkpoint's files, opens them and holds them against each other, so that all problems come together. */
final class CheckpointOpener {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int NAMED = 5;

    private final Path folder;
    private final Issues issues = new Issues();

    private CheckpointOpener(Path folder) {
        this.folder = folder;
    }

    static Checkpoint open(Path path) {
        if (Files.isDirectory(path)) {
            return new CheckpointOpener(path).openFolder();
        }
        if (!Files.exists(path)) {
            throw new GraftException(Issue.error("E_NOT_FOUND", path + ": there is no such checkpoint"));
        }
        ForeignFormat.byName(path).ifPresent(issue -> {
            throw new GraftException(issue);
        });
        Path parent = path.toAbsolutePath().getParent();
        return new CheckpointOpener(parent == null ? path : parent).finish(List.of(path), Optional.empty());
    }

    private Checkpoint openFolder() {
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return finish(List.of(folder.resolve(SINGLE)), Optional.empty());
        }
        if (!Files.isRegularFile(folder.resolve(INDEX))) {
            throw new GraftException(noWeights());
        }
        ShardIndex index = ShardIndex.read(folder.resolve(INDEX));
        return finish(new ShardPaths(folder, index.file(), issues).resolve(index.names()), Optional.of(index));
    }

    private Checkpoint finish(List<Path> files, Optional<ShardIndex> index) {
        Optional<ModelConfig> config = collect(() -> ModelConfig.read(folder.resolve("config.json")));
        List<SafetensorsFile> shards = openAll(files);
        checkEachTensorOnce(shards);
        if (shards.size() == files.size()) {
            index.ifPresent(present -> checkIndex(present, shards));
        }
        issues.throwIfErrors();
        Checkpoint checkpoint = new Checkpoint(folder, config.orElseThrow(), shards, issues.all());
        ConfigEvidence.check(checkpoint);
        return checkpoint;
    }

    private <T> Optional<T> collect(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
            return Optional.empty();
        }
    }

    private List<SafetensorsFile> openAll(List<Path> files) {
        record Opened(Optional<SafetensorsFile> file, List<Issue> problems) {}
        List<Opened> all = files.parallelStream()
                .map(file -> {
                    try {
                        return new Opened(Optional.of(SafetensorsFile.open(file)), List.of());
                    } catch (GraftException e) {
                        return new Opened(Optional.empty(), e.issues());
                    }
                })
                .toList();
        all.forEach(opened -> opened.problems().forEach(issues::add));
        return all.stream().flatMap(opened -> opened.file().stream()).toList();
    }

    private void checkEachTensorOnce(List<SafetensorsFile> shards) {
        Map<String, Path> seen = new HashMap<>();
        for (SafetensorsFile shard : shards) {
            for (String name : shard.tensors().keySet()) {
                Path other = seen.putIfAbsent(name, shard.path());
                if (other != null) {
                    issues.add(Issue.error(
                            "E_DUP_ACROSS",
                            "tensor " + Excerpt.quoted(name) + " is in two shards: " + other + " and " + shard.path()));
                }
            }
        }
    }

    private void checkIndex(ShardIndex index, List<SafetensorsFile> shards) {
        Map<String, SafetensorsFile> byName = new HashMap<>();
        shards.forEach(shard -> byName.put(folder.relativize(shard.path()).toString(), shard));
        List<String> lacking = new ArrayList<>();
        index.shards().forEach((tensor, shard) -> {
            SafetensorsFile file = byName.get(shard);
            if (file != null && !file.tensors().containsKey(tensor)) {
                lacking.add(Excerpt.quoted(tensor) + " in " + shard);
            }
        });
        if (!lacking.isEmpty()) {
            issues.add(Issue.error(
                    "E_INDEX_MISMATCH",
                    index.file() + ": " + lacking.size() + " tensors are not in the shard that the index names: "
                            + some(lacking)));
        }
        List<String> unlisted = shards.stream()
                .flatMap(shard -> shard.tensors().keySet().stream())
                .filter(name -> !index.shards().containsKey(name))
                .map(Excerpt::quoted)
                .toList();
        if (!unlisted.isEmpty()) {
            issues.add(Issue.warning(
                    "W_INDEX_MISMATCH",
                    index.file() + ": " + unlisted.size() + " tensors are in the shards but not in the index: "
                            + some(unlisted)));
        }
        long total = shards.stream().mapToLong(SafetensorsFile::dataSize).sum();
        index.totalSize()
                .filter(said -> said != total)
                .ifPresent(said -> issues.add(Issue.warning(
                        "W_TOTAL_SIZE",
                        index.file() + ": total_size is " + said + ", the shards have " + total + " bytes")));
    }

    private static String some(List<String> names) {
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() <= NAMED ? first : first + ", …";
    }

    /** Says what the folder has instead of weights that can be read. */
    private Issue noWeights() {
        Set<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> listed = Files.newDirectoryStream(folder)) {
            listed.forEach(files::add);
        } catch (IOException e) {
            return FileProblem.issue("list", folder, e);
        }
        List<String> shards = files.stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith(".safetensors"))
                .toList();
        if (!shards.isEmpty()) {
            return Issue.error(
                            "E_NOT_FOUND",
                            folder + ": there is neither " + SINGLE + " nor " + INDEX + ", only " + some(shards))
                    .withFix("fetch " + INDEX + " as well, or name the one file that is meant");
        }
        Set<Issue> foreign = new LinkedHashSet<>();
        files.forEach(file -> ForeignFormat.byName(file).ifPresent(foreign::add));
        return foreign.stream()
                .findFirst()
                .orElseGet(() -> Issue.error(
                        "E_NOT_FOUND", folder + ": no checkpoint here: there is neither " + SINGLE + " nor " + INDEX));
    }
}
