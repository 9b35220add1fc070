package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Tokenizer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The examples that a run learns from and is measured on. */
record RunData(Dataset training, Optional<Dataset> validation) {

    /** @throws dev.graft.issue.GraftException {@code E_DATA} or {@code E_TOKENIZER} */
    static RunData read(RunRequest request, Checkpoint base, Tokenizer tokenizer, Training training) {
        DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
        Limits limits = Limits.of(training);
        return new RunData(
                reader.examples(request.training().spec(), request.training().files(), limits),
                request.validation().map(files -> reader.examples(files.spec(), files.files(), limits)));
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
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, training.examples());
            add(digest, validationExamples());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void add(MessageDigest digest, List<Example> examples) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(examples.size()).flip());
        for (Example example : examples) {
            ByteBuffer bytes = ByteBuffer.allocate((2 + example.length()) * Integer.BYTES)
                    .putInt(example.length())
                    .putInt(example.firstLabel());
            bytes.asIntBuffer().put(example.ids());
            digest.update(bytes.rewind());
        }
    }
}
