package dev.graft.cli;

import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.runtime.adapter.AdapterFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What {@code graft inspect} shows of an adapter. */
record AdapterView(String file, Map<String, String> metadata, long parameters, List<TensorTable.Row> tensors) {
    /** Longer values, such as the spec, are for {@code --json}. */
    private static final int LONGEST = 100;

    /** The adapter of a run's folder, or the file itself; empty where it is something else. */
    static Optional<AdapterView> of(Path path) {
        Path file = AdapterFile.in(path);
        if (!Files.isRegularFile(file) || !file.getFileName().toString().endsWith(".safetensors")) {
            return Optional.empty();
        }
        SafetensorsFile open = SafetensorsFile.open(file);
        boolean adapter = open.metadata().keySet().stream().anyMatch(key -> key.startsWith("graft"));
        return adapter ? Optional.of(of(open)) : Optional.empty();
    }

    private static AdapterView of(SafetensorsFile file) {
        var tensors = file.tensors().values();
        return new AdapterView(
                file.path().toString(),
                new TreeMap<>(file.metadata()),
                tensors.stream().mapToLong(TensorInfo::elements).sum(),
                TensorTable.of(tensors));
    }

    String text() {
        List<String> lines = new ArrayList<>();
        lines.add(file);
        metadata.forEach((key, value) -> lines.add("  " + key + ": " + shown(value)));
        lines.add(String.format(Locale.ROOT, "  parameters: %,d", parameters));
        lines.add("  tensors:");
        TensorTable.text(tensors).lines().forEach(line -> lines.add("    " + line));
        return String.join("\n", lines);
    }

    private static String shown(String value) {
        return value.length() <= LONGEST ? value : value.length() + " characters, shown with --json";
    }
}
