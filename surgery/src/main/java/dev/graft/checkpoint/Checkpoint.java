package dev.graft.checkpoint;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A pretrained model as it lies on disk: a folder with {@code config.json} and one {@code model.safetensors}, or shards
 * with an index. Opening reads the configuration, the index and the headers, and no tensor byte.
 */
@CheckReturnValue
public final class Checkpoint {
    private final Path folder;
    private final ModelConfig config;
    private final List<SafetensorsFile> shards;
    private final Map<String, TensorInfo> tensors;
    private final Map<Path, SafetensorsFile> shardByPath;
    private final List<Issue> warnings;

    Checkpoint(
            Path folder,
            ModelConfig config,
            List<SafetensorsFile> shards,
            Map<String, TensorInfo> tensors,
            List<Issue> warnings) {
        this.folder = folder;
        this.config = config;
        this.shards = List.copyOf(shards);
        this.tensors = Collections.unmodifiableMap(tensors);
        this.shardByPath = shards.stream().collect(Collectors.toUnmodifiableMap(SafetensorsFile::path, file -> file));
        this.warnings = List.copyOf(warnings);
    }

    /**
     * @param path a checkpoint's folder, or a single {@code .safetensors} file with {@code config.json} beside it
     * @throws GraftException with all problems of all shards, the index and the configuration
     */
    public static Checkpoint open(Path path) {
        return CheckpointOpener.open(path);
    }

    public Path folder() {
        return folder;
    }

    public ModelConfig config() {
        return config;
    }

    /** Sorted by file name. */
    public List<SafetensorsFile> shards() {
        return shards;
    }

    /** All tensors by name, in the order of the shards and of the data in each. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** @throws GraftException {@code E_TENSOR} with the nearest names */
    public TensorInfo tensor(String name) {
        return find(name)
                .orElseThrow(() -> new GraftException(
                        Issue.error("E_TENSOR", folder + ": there is no tensor " + Excerpt.quoted(name))
                                .withCandidates(NearestNames.of(name, tensors.keySet()))));
    }

    /** The file that holds this tensor. */
    public SafetensorsFile shardOf(TensorInfo tensor) {
        SafetensorsFile shard = shardByPath.get(tensor.shard());
        if (shard == null) {
            throw new IllegalArgumentException(tensor + " is not a tensor of " + folder);
        }
        return shard;
    }

    /** What is odd but harmless, such as a wrong total size in the index. */
    public List<Issue> warnings() {
        return warnings;
    }

    /** SHA-256 (hex) over the names, element types and shapes of all tensors, whatever the files that hold them. */
    public String headersHash() {
        return Fingerprint.headers(tensors);
    }

    /**
     * SHA-256 (hex) over what the configuration says, the headers, and the first and last 64 KiB of each shard's data: tells
     * one training run's weights from another's without reading them all.
     */
    public String contentFingerprint() {
        return Fingerprint.content(this);
    }

    /**
     * Reads these tensors in full and refuses infinities and NaNs.
     *
     * @throws GraftException {@code E_NONFINITE} for every tensor that has one, with its first place
     */
    public void requireFinite(Collection<TensorInfo> tensors) {
        Issues issues = new Issues();
        tensors.forEach(tensor -> NonFinite.issue(shardOf(tensor), tensor).ifPresent(issues::add));
        issues.throwIfErrors();
    }

    /** @throws GraftException {@code E_CHANGED} for every shard whose size or modification time is not as at {@link #open} */
    public void requireUnchanged() {
        Issues issues = new Issues();
        shards.forEach(shard -> shard.change().ifPresent(issues::add));
        issues.throwIfErrors();
    }

    @Override
    public String toString() {
        return folder + " (" + tensors.size() + " tensors in " + shards.size() + " files)";
    }
}
