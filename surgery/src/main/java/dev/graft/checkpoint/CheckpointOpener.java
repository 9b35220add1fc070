package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds a checkpoint's files, opens them and holds them against each other, so that all problems come together. */
final class CheckpointOpener {
    private static final String SINGLE = CheckpointFiles.SINGLE;
    private static final String INDEX = CheckpointFiles.INDEX;

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
        return new CheckpointOpener(parent == null ? path : parent).openSingle(path);
    }

    private Checkpoint openFolder() {
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return openSingle(folder.resolve(SINGLE));
        }
        if (!Files.isRegularFile(folder.resolve(INDEX))) {
            throw new GraftException(noWeights());
        }
        return openSharded(ShardIndex.read(folder.resolve(INDEX)));
    }

    private Checkpoint openSingle(Path file) {
        Optional<ModelConfig> config = readConfig();
        List<SafetensorsFile> shards = openAll(List.of(file));
        return finish(config, shards, merge(shards));
    }

    private Checkpoint openSharded(ShardIndex index) {
        Optional<ModelConfig> config = readConfig();
        List<String> names = index.names();
        Map<String, Path> paths = new ShardPaths(folder, index.file(), issues).resolve(names);
        List<SafetensorsFile> shards = openAll(List.copyOf(paths.values()));
        Map<String, TensorInfo> tensors = merge(shards);
        if (shards.size() == names.size()) {
            checkIndex(index, paths, shards, tensors);
        }
        return finish(config, shards, tensors);
    }

    private Optional<ModelConfig> readConfig() {
        try {
            return Optional.of(ModelConfig.read(folder.resolve(CheckpointFiles.CONFIG)));
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
            return Optional.empty();
        }
    }

    private Checkpoint finish(
            Optional<ModelConfig> config, List<SafetensorsFile> shards, Map<String, TensorInfo> tensors) {
        config.ifPresent(present -> ConfigEvidence.check(present, tensors.keySet(), issues));
        issues.throwIfErrors();
        return new Checkpoint(folder, config.orElseThrow(), shards, tensors, issues.all());
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

    private Map<String, TensorInfo> merge(List<SafetensorsFile> shards) {
        int count = shards.stream().mapToInt(shard -> shard.tensors().size()).sum();
        Map<String, TensorInfo> all = new LinkedHashMap<>(2 * count);
        for (SafetensorsFile shard : shards) {
            for (TensorInfo tensor : shard.tensors().values()) {
                TensorInfo other = all.putIfAbsent(tensor.name(), tensor);
                if (other != null) {
                    issues.add(Issue.error(
                            "E_DUP_ACROSS",
                            "tensor " + Excerpt.quoted(tensor.name()) + " is in two shards: " + other.shard() + " and "
                                    + shard.path()));
                }
            }
        }
        return all;
    }

    private void checkIndex(
            ShardIndex index, Map<String, Path> paths, List<SafetensorsFile> shards, Map<String, TensorInfo> tensors) {
        List<String> lacking = new ArrayList<>();
        index.shards().forEach((name, shard) -> {
            TensorInfo tensor = tensors.get(name);
            if (tensor == null || !tensor.shard().equals(paths.get(shard))) {
                lacking.add(Excerpt.quoted(name) + " in " + shard);
            }
        });
        if (!lacking.isEmpty()) {
            issues.add(Issue.error(
                    "E_INDEX_MISMATCH",
                    index.file() + ": " + lacking.size() + " tensors are not in the shard that the index names: "
                            + Excerpt.some(lacking)));
        }
        List<String> unlisted = tensors.keySet().stream()
                .filter(name -> !index.shards().containsKey(name))
                .map(Excerpt::quoted)
                .toList();
        if (!unlisted.isEmpty()) {
            issues.add(Issue.warning(
                    "W_INDEX_MISMATCH",
                    index.file() + ": " + unlisted.size() + " tensors are in the shards but not in the index: "
                            + Excerpt.some(unlisted)));
        }
        long total = shards.stream().mapToLong(SafetensorsFile::dataSize).sum();
        index.totalSize()
                .filter(said -> said != total)
                .ifPresent(said -> issues.add(Issue.warning(
                        "W_TOTAL_SIZE",
                        index.file() + ": total_size is " + said + ", the shards have " + total + " bytes")));
    }

    private Issue noWeights() {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> listed = Files.newDirectoryStream(folder)) {
            listed.forEach(file -> files.add(file.getFileName().toString()));
        } catch (IOException e) {
            return FileProblem.issue("list", folder, e);
        }
        return CheckpointFiles.noWeights(folder, files);
    }
}
