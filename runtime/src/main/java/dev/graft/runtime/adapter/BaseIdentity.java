package dev.graft.runtime.adapter;

import dev.graft.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * How an adapter knows its base; never by a path.
 *
 * @param model what it is, for people: {@code llama, 30 layers of width 576, vocabulary 49152}
 * @param headers hash of all tensors' names, types and shapes
 * @param content fingerprint of configuration, headers and the edges of the data
 */
public record BaseIdentity(String model, String headers, String content) {

    public static BaseIdentity of(Checkpoint base) {
        String model = base.config().modelType() + ", " + base.config().integer("num_hidden_layers", 0)
                + " layers of width " + base.config().integer("hidden_size", 0) + ", vocabulary "
                + base.config().integer("vocab_size", 0);
        return new BaseIdentity(model, base.headersHash(), base.contentFingerprint());
    }

    /** In what the other one differs, each as a part of a sentence; empty if they are the same. */
    List<String> differences(BaseIdentity other) {
        List<String> differences = new ArrayList<>();
        if (!model.equals(other.model)) {
            differences.add("that is " + model + ", this is " + other.model);
        } else if (!headers.equals(other.headers)) {
            differences.add("names, types or shapes of the tensors are not the same (both are " + model + ")");
        } else if (!content.equals(other.content)) {
            differences.add("the same tensors (" + model + ") have other values, or config.json says something else");
        }
        return differences;
    }
}
