package dev.graft.runtime.adapter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.checkpoint.ExpectedTensors;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.model.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The trained tensors of a patched model as a safetensors file: one F32 tensor a site and kind ({@code <module>.lora_A}
 * [n, r, d], {@code <module>.lora_B} [n, r, o], {@code <module>.router} [n+m, d], {@code <module>.ia3} [n, o]), in the
 * order of the flat buffer, and what they belong to in the metadata.
 */
public final class AdapterFile {
    /** Its name in the folder of a run. */
    public static final String NAME = "adapter.safetensors";

    static final String CHECKSUM = "graft.sha256";

    private final SafetensorsFile file;
    private final AdapterHeader header;

    private AdapterFile(SafetensorsFile file, AdapterHeader header) {
        this.file = file;
        this.header = header;
    }

    /** The adapter of a run's folder, or the file itself. */
    public static Path in(Path runOrFile) {
        return Files.isDirectory(runOrFile) ? runOrFile.resolve(NAME) : runOrFile;
    }

    /**
     * Reads what the file says about itself, and whether it is as it was written.
     *
     * @throws GraftException {@code E_ADAPTER} if it is no adapter, {@code E_CHECKSUM} if it is damaged
     */
    public static AdapterFile open(Path path) {
        SafetensorsFile file = SafetensorsFile.open(path);
        AdapterHeader header = AdapterHeader.read(path, file.metadata());
        file.requireChecksum(CHECKSUM);
        return new AdapterFile(file, header);
    }

    /**
     * Writes an adapter, atomically. The same values give the same bytes.
     *
     * @param values the flat buffer
     */
    public static void write(Path path, IfExists ifExists, AdapterHeader header, Layout layout, float[] values) {
        if (values.length != layout.elements()) {
            throw new IllegalArgumentException(values.length + " values for " + layout.elements() + " elements");
        }
        SafetensorsWriter writer = new SafetensorsWriter()
                .metadata(header.metadata())
                .metadata("graft.layout", leaves(layout))
                .checksum(CHECKSUM);
        int offset = 0;
        for (Layout.Tensor tensor : layout.tensors()) {
            int end = offset + Math.toIntExact(tensor.elements());
            writer.floats(tensor.name(), tensor.shape(), Arrays.copyOfRange(values, offset, end));
            offset = end;
        }
        writer.write(path, ifExists);
    }

    /** The leaves of the flat buffer, in order, each with the tensors that it stacks. */
    private static String leaves(Layout layout) {
        ObjectNode leaves = new ObjectMapper().createObjectNode();
        for (Layout.Leaf leaf : layout.leaves()) {
            leaf.tensors().forEach(tensor -> leaves.withArray(leaf.name()).add(tensor.name()));
        }
        return leaves.toString();
    }

    public AdapterHeader header() {
        return header;
    }

    /** The file itself. */
    public SafetensorsFile file() {
        return file;
    }

    /** By name, in the order of the file. */
    public Map<String, TensorInfo> tensors() {
        return file.tensors();
    }

    /**
     * Refuses a base or a patched model that the adapter was not trained for.
     *
     * @throws GraftException {@code E_BASE_MISMATCH} saying what differs
     */
    public void requireFits(String modelHash, BaseIdentity base) {
        List<String> differences = new ArrayList<>(header.base().differences(base));
        if (differences.isEmpty() && !header.modelHash().equals(modelHash)) {
            differences.add("the base is the same, but other sites, routers or experts were put into it");
        }
        if (!differences.isEmpty()) {
            throw new GraftException(Issue.error(
                            "E_BASE_MISMATCH",
                            file.path() + ": the adapter was trained for another model: "
                                    + String.join("; ", differences))
                    .withFix("use the checkpoint and the spec of the adapter's own run"));
        }
    }

    /**
     * All values, in the order of the flat buffer.
     *
     * @param allowNonFinite whether infinities and NaNs are let through
     * @throws GraftException {@code E_ADAPTER} naming every tensor that is missing, unknown or of another shape;
     *     {@code E_NONFINITE}
     */
    public float[] values(Layout layout, boolean allowNonFinite) {
        ExpectedTensors expected = new ExpectedTensors(
                layout.tensors().stream().collect(Collectors.toMap(Layout.Tensor::name, Layout.Tensor::shape)));
        expected.requireIn(file);
        if (!allowNonFinite) {
            expected.requireFinite(file);
        }
        float[] values = new float[Math.toIntExact(layout.elements())];
        int offset = 0;
        for (Layout.Tensor tensor : layout.tensors()) {
            float[] own = file.floats(tensor.name());
            System.arraycopy(own, 0, values, offset, own.length);
            offset += own.length;
        }
        return values;
    }
}
