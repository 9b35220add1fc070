package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.Fingerprint;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.TokenStream;
import dev.graft.runtime.data.Tokenizer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The examples that a run learns from and is measured on.
 *
 * @param passage the texts of the first validation example's tokens
 */
record RunData(Dataset training, Optional<Dataset> validation, List<String> passage) {

    /** @throws dev.graft.issue.GraftException {@code E_DATA} or {@code E_TOKENIZER} */
    static RunData read(RunRequest request, Checkpoint base, Tokenizer tokenizer, Training training) {
        DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
        Limits limits = Limits.of(training);
        Optional<Dataset> validation =
                request.validation().map(files -> reader.examples(files.spec(), files.files(), limits));
        return new RunData(
                reader.examples(request.training().spec(), request.training().files(), limits),
                validation,
                validation.map(data -> texts(data.examples().get(0), tokenizer)).orElse(List.of()));
    }

    /** Those that are read, an encoder's first. A character that needs several tokens belongs to the last of them. */
    private static List<String> texts(Example example, Tokenizer tokenizer) {
        TokenStream source = tokenizer.stream(false);
        TokenStream stream = tokenizer.stream(false);
        return Stream.concat(
                        Arrays.stream(example.source()).mapToObj(source::accept),
                        Arrays.stream(example.ids(), 0, example.read()).mapToObj(stream::accept))
                .toList();
    }

    /** Empty without validation data. */
    List<Example> validationExamples() {
        return validation.map(Dataset::examples).orElse(List.of());
    }

    /** Tokens of the largest pass that can come up. */
    long largestPass(int microBatch) {
        return Stream.of(training.examples(), validationExamples())
                .mapToLong(examples -> examples.stream()
                        .map(Example::length)
                        .sorted(Comparator.reverseOrder())
                        .limit(microBatch)
                        .mapToLong(Integer::longValue)
                        .sum())
                .max()
                .orElse(0);
    }

    /** What was read, for the metrics. */
    Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("training", training.summary());
        validation.ifPresent(data -> summary.put("validation", data.summary()));
        return summary;
    }

    /** SHA-256 (hex) over all examples, in order. */
    String hash() {
        Fingerprint print = new Fingerprint();
        add(print, training.examples());
        add(print, validationExamples());
        return print.hex();
    }

    private static void add(Fingerprint print, List<Example> examples) {
        print.add(ByteBuffer.allocate(Integer.BYTES).putInt(examples.size()).flip());
        for (Example example : examples) {
            int[] source = example.source();
            int[] ids = example.ids();
            ByteBuffer bytes = ByteBuffer.allocate((3 + source.length + ids.length) * Integer.BYTES)
                    .putInt(source.length)
                    .putInt(ids.length)
                    .putInt(example.firstLabel());
            bytes.asIntBuffer().put(source).put(ids);
            print.add(bytes.rewind());
        }
    }
}
