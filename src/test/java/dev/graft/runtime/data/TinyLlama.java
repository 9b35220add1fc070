package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** The embedded checkpoint, the embedded data and what Hugging Face's own tokenizers make of it. */
final class TinyLlama {
    static final int VOCABULARY = 4096;
    static final int EOS = 1;

    private static final Path HOME = Path.of(System.getProperty("graft.home", "."));

    private TinyLlama() {}

    static Path folder() {
        return HOME.resolve("samples/checkpoints/tiny-llama");
    }

    static Path data(String name) {
        return HOME.resolve("samples/data").resolve(name);
    }

    static Tokenizer tokenizer() {
        return Tokenizer.open(folder());
    }

    static DataReader reader(Tokenizer tokenizer) {
        return new DataReader(tokenizer, VOCABULARY);
    }

    static JsonNode reference(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(TinyLlama.class.getResourceAsStream("/data/" + name), "resource " + name)) {
            return new ObjectMapper().readTree(in);
        }
    }

    static int[] ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
