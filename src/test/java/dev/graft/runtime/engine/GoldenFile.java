package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** One case of golden numbers: tensors of doubles and whole numbers, and what they are the numbers of. */
public final class GoldenFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SafetensorsFile file;
    private final JsonNode options;

    private GoldenFile(SafetensorsFile file) {
        this.file = file;
        try {
            this.options = JSON.readTree(String.valueOf(file.metadata().get("case")));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file.path() + ": no case in the metadata", e);
        }
    }

    /** All cases below this folder of {@code graft.goldens}; there must be some. */
    public static List<GoldenFile> all(String folder) {
        Path root = Path.of(String.valueOf(System.getProperty("graft.goldens")), folder);
        try (Stream<Path> files = Files.list(root)) {
            List<GoldenFile> cases = files.filter(path -> path.toString().endsWith(".safetensors"))
                    .sorted()
                    .map(path -> new GoldenFile(SafetensorsFile.open(path)))
                    .toList();
            assertThat(cases).as("golden cases in %s", root).isNotEmpty();
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return String.valueOf(file.path().getFileName()).replace(".safetensors", "");
    }

    /** An option, as text; empty where the case does not have it. */
    public String option(String key) {
        return options.path(key).asText("");
    }

    public int whole(String key) {
        assertThat(options.has(key)).as("%s has %s", name(), key).isTrue();
        return options.get(key).asInt();
    }

    public double decimal(String key) {
        assertThat(options.has(key)).as("%s has %s", name(), key).isTrue();
        return options.get(key).asDouble();
    }

    public JsonNode options() {
        return options;
    }

    public boolean has(String tensor) {
        return file.tensors().containsKey(tensor);
    }

    public long[] shape(String tensor) {
        return file.tensor(tensor).shape().stream().mapToLong(Long::longValue).toArray();
    }

    /** The numbers of a tensor, row-major. */
    public double[] numbers(String tensor) {
        return file.tensor(tensor).dtype().isFloat()
                ? file.doubles(tensor)
                : Arrays.stream(file.longs(tensor)).asDoubleStream().toArray();
    }

    /** As {@link #numbers}; the goldens' inputs lose nothing. */
    public float[] floats(String tensor) {
        double[] numbers = numbers(tensor);
        float[] values = new float[numbers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers[i];
        }
        return values;
    }

    /** The largest absolute number in the tensors with such names. */
    public double largest(Predicate<String> names) {
        return file.tensors().keySet().stream()
                .filter(names)
                .flatMapToDouble(tensor -> Arrays.stream(numbers(tensor)))
                .map(Math::abs)
                .max()
                .orElse(0);
    }

    /** Every number within {@code relative} of the expected one, or {@code absolute} more. */
    public static void assertClose(String what, float[] actual, double[] expected, double relative, double absolute) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            double allowed = relative * Math.abs(expected[i]) + absolute;
            // Negated, so that a NaN fails.
            if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
                assertThat((double) actual[i])
                        .as("%s, element %s, allowed difference %s", what, i, allowed)
                        .isEqualTo(expected[i]);
            }
        }
    }

    @Override
    public String toString() {
        return name();
    }
}
