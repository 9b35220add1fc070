package dev.graft.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint made out of another one: some tensors changed, dropped or added, all else as it is. Shards without a
 * changed tensor are linked or copied as files, those with one are written anew, added tensors go into a shard of their own.
 * The other one is only read.
 */
public final class DerivedCheckpoint {
    private static final String SINGLE = CheckpointFiles.SINGLE;
    private static final String INDEX = CheckpointFiles.INDEX;
    private static final String CONFIG = CheckpointFiles.CONFIG;
    private static final String CARD = "README.md";

    /** What a tokenizer, its template and the licence are called; weights and a run's files are not among them. */
    private static final String COMPANIONS = "{*.json,*.txt,*.model,*.jinja,*.tiktoken,LICENSE*,NOTICE*}";

    private static final Set<String> NOT_COMPANIONS = Set.of(CONFIG, INDEX, "plan.json");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private record Tensor(DType dtype, List<Long> shape, AtomicFile.Content data) {
        long bytes() {
            return shape.stream().reduce((long) dtype.bits() / Byte.SIZE, Math::multiplyExact);
        }
    }

    private final Checkpoint base;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final Map<String, Tensor> changed = new LinkedHashMap<>();
    private final Map<String, Tensor> added = new LinkedHashMap<>();
    private final Set<String> dropped = new HashSet<>();
    private String addedShard = "model-added.safetensors";
    private @Nullable String card;

    public DerivedCheckpoint(Checkpoint base) {
        this.base = base;
    }

    /** Sets a key of config.json: a number, a text or a truth value. */
    public DerivedCheckpoint config(String key, Object value) {
        settings.put(key, value);
        return this;
    }

    /** @param data writes exactly as many bytes as shape and element type need */
    public DerivedCheckpoint change(String tensor, DType dtype, List<Long> shape, AtomicFile.Content data) {
        changed.put(base.tensor(tensor).name(), new Tensor(dtype, shape, data));
        return this;
    }

    public DerivedCheckpoint drop(String tensor) {
        dropped.add(base.tensor(tensor).name());
        return this;
    }

    /** As {@link #change}, for a tensor that the other one does not have. */
    public DerivedCheckpoint add(String tensor, DType dtype, List<Long> shape, AtomicFile.Content data) {
        if (base.find(tensor).isPresent()) {
            throw new IllegalArgumentException(base.folder() + " has " + tensor + " already");
        }
        added.put(tensor, new Tensor(dtype, shape, data));
        return this;
    }

    /** The name of the file for added tensors. */
    public DerivedCheckpoint addedShard(String file) {
        addedShard = file;
        return this;
    }

    /** The text of its README.md. */
    public DerivedCheckpoint card(String markdown) {
        card = markdown;
        return this;
    }

    /**
     * Writes it; the folder is absent or complete.
     *
     * @throws GraftException {@code E_EXISTS}, {@code E_NOSPACE}, {@code E_CHANGED} and the others of {@link OutputFolder}
     */
    public void write(Path out, IfExists ifExists, Reuse reuse) {
        OutputFolder.requireApart(out, base.folder());
        base.requireUnchanged();
        try (OutputFolder folder = OutputFolder.create(out, ifExists)) {
            folder.requireSpace(bytesToWrite(reuse));
            Map<String, String> index = new TreeMap<>();
            long total = writeShards(folder, reuse, index);
            if (!new HashSet<>(index.values()).equals(Set.of(SINGLE))) {
                write(folder, INDEX, indexJson(index, total));
            }
            write(folder, CONFIG, configJson());
            String text = card;
            if (text != null) {
                write(folder, CARD, text);
            }
            copyCompanions(folder);
            base.requireUnchanged();
            folder.publish();
        }
    }

    /** @return bytes of all tensors */
    private long writeShards(OutputFolder folder, Reuse reuse, Map<String, String> index) {
        long total = 0;
        for (SafetensorsFile shard : shardsLeft()) {
            String name = fileName(shard);
            if (isTouched(shard)) {
                rewritten(shard).write(folder.path().resolve(name), IfExists.REPLACE);
            } else {
                folder.reuse(shard.path(), name, reuse);
            }
            for (TensorInfo tensor : shard.tensors().values()) {
                if (!dropped.contains(tensor.name())) {
                    index.put(tensor.name(), name);
                    total += bytes(tensor);
                }
            }
        }
        if (!added.isEmpty()) {
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            for (Map.Entry<String, Tensor> entry : added.entrySet()) {
                Tensor tensor = entry.getValue();
                writer.tensor(entry.getKey(), tensor.dtype(), tensor.shape(), tensor.data());
                index.put(entry.getKey(), addedShard);
                total += tensor.bytes();
            }
            writer.write(folder.path().resolve(addedShard), IfExists.REPLACE);
        }
        return total;
    }

    private List<SafetensorsFile> shardsLeft() {
        return base.shards().stream()
                .filter(shard -> !dropped.containsAll(shard.tensors().keySet()))
                .toList();
    }

    /** One file alone has the name that is looked for first, and no index; with others it must not have it. */
    private String fileName(SafetensorsFile shard) {
        boolean alone = shardsLeft().size() == 1;
        if (alone && added.isEmpty()) {
            return SINGLE;
        }
        String name = base.folder().relativize(shard.path()).toString().replace('\\', '/');
        return alone || name.equals(SINGLE) ? "model-base.safetensors" : name;
    }

    private boolean isTouched(SafetensorsFile shard) {
        return shard.tensors().keySet().stream().anyMatch(name -> changed.containsKey(name) || dropped.contains(name));
    }

    private SafetensorsWriter rewritten(SafetensorsFile shard) {
        SafetensorsWriter writer = new SafetensorsWriter().metadata(shard.metadata());
        for (String name : shard.tensors().keySet()) {
            Tensor tensor = changed.get(name);
            if (tensor != null) {
                writer.tensor(name, tensor.dtype(), tensor.shape(), tensor.data());
            } else if (!dropped.contains(name)) {
                writer.copy(shard, name);
            }
        }
        return writer;
    }

    private long bytes(TensorInfo tensor) {
        Tensor now = changed.get(tensor.name());
        return now == null ? tensor.bytes() : now.bytes();
    }

    private long bytesToWrite(Reuse reuse) {
        long bytes = added.values().stream().mapToLong(Tensor::bytes).sum();
        for (SafetensorsFile shard : shardsLeft()) {
            if (reuse == Reuse.COPY || isTouched(shard)) {
                bytes +=
                        shard.tensors().values().stream().mapToLong(this::bytes).sum();
            }
        }
        return bytes;
    }

    private void copyCompanions(OutputFolder folder) {
        List<Path> companions = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(base.folder(), COMPANIONS)) {
            for (Path file : files) {
                if (Files.isRegularFile(file)
                        && !NOT_COMPANIONS.contains(file.getFileName().toString())) {
                    companions.add(file);
                }
            }
        } catch (IOException e) {
            throw FileProblem.of("list", base.folder(), e);
        }
        companions.stream()
                .sorted()
                .forEach(file -> folder.reuse(file, file.getFileName().toString(), Reuse.COPY));
    }

    private static void write(OutputFolder folder, String file, String text) {
        AtomicFile.write(folder.path().resolve(file), IfExists.REPLACE, text);
    }

    private static String indexJson(Map<String, String> index, long total) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("metadata").put("total_size", total);
        ObjectNode map = root.putObject("weight_map");
        index.forEach(map::put);
        return text(root);
    }

    private String configJson() {
        Path file = base.folder().resolve(CONFIG);
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(Files.readAllBytes(file));
            settings.forEach(root::putPOJO);
            return text(root);
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    private static String text(ObjectNode root) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
