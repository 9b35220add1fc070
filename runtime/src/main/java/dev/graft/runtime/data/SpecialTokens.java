package dev.graft.runtime.data;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The tokens that mean more than their text.
 *
 * @param bos begins a sequence
 * @param eos ends an answer in training: that of {@code config.json}, then of {@code generation_config.json}, then of
 *     {@code tokenizer_config.json}
 * @param decoderStart begins what a decoder behind an encoder writes; empty for a model without an encoder
 * @param stops end a generated text: those of {@code generation_config.json}, if it names any, and {@code eos}
 * @param texts the special tokens' texts by role, such as {@code bos_token}, as a chat template sees them
 */
public record SpecialTokens(
        OptionalInt bos, OptionalInt eos, OptionalInt decoderStart, Set<Integer> stops, Map<String, String> texts) {
    public SpecialTokens {
        stops = Set.copyOf(stops);
        texts = Map.copyOf(texts);
    }
}
