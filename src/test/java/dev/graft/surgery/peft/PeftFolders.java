package dev.graft.surgery.peft;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Adapters that PEFT 0.21.2 wrote ({@code bench/peers/peft_adapters.py}), as they are and changed. */
final class PeftFolders {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path HOME = Path.of(System.getProperty("graft.home"));

    private PeftFolders() {}

    static Path of(String kind) {
        return HOME.resolve("src/test/resources/peft").resolve(kind);
    }

    static Checkpoint base(String name) {
        return Checkpoint.open(HOME.resolve("samples/checkpoints").resolve(name));
    }

    /** A copy with another configuration. */
    static Path configured(String kind, Path folder, Consumer<ObjectNode> change) {
        return written(kind, folder, change, tensors -> {});
    }

    /** A copy with other tensors. */
    static Path holding(String kind, Path folder, Consumer<Map<String, Tensor>> change) {
        return written(kind, folder, config -> {}, change);
    }

    private static Path written(
            String kind, Path folder, Consumer<ObjectNode> config, Consumer<Map<String, Tensor>> change) {
        try {
            ObjectNode json = (ObjectNode)
                    JSON.readTree(of(kind).resolve(PeftNames.CONFIG).toFile());
            config.accept(json);
            Files.writeString(folder.resolve(PeftNames.CONFIG), json.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Tensor> tensors = tensors(of(kind));
        change.accept(tensors);
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> writer.floats(name, tensor.shape(), tensor.values()));
        writer.write(folder.resolve(PeftNames.TENSORS), IfExists.REPLACE);
        return folder;
    }

    /** All tensors of a folder of PEFT. */
    static Map<String, Tensor> tensors(Path folder) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(PeftNames.TENSORS));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        file.tensors().forEach((name, info) -> tensors.put(name, new Tensor(info.shape(), file.floats(name))));
        return tensors;
    }

    /** One of them. */
    static Tensor tensor(Path folder, String name) {
        return Objects.requireNonNull(tensors(folder).get(name), name);
    }

    @SuppressWarnings("ArrayRecordComponent")
    record Tensor(List<Long> shape, float[] values) {}
}
