package dev.graft.runtime.train;

import dev.graft.checkpoint.ModelConfig;

/**
 * How wide the tensors of a plain layer are.
 *
 * @param layers that a token goes through
 * @param attentions of a layer: 2 where it has cross-attention
 * @param queries heads·headDim
 * @param keys kvHeads·headDim
 */
record LayerWidths(int layers, int attentions, long hidden, long queries, long keys, long ffn) {
    private static final int FP32 = 4;

    /** From the configuration of a decoder-only model or of T5. */
    static LayerWidths of(ModelConfig config) {
        if (config.has("d_model")) {
            int layers = config.positive("num_layers");
            long heads = (long) config.positive("num_heads") * config.positive("d_kv");
            return new LayerWidths(
                    Math.max(layers, config.positive("num_decoder_layers", layers)),
                    2,
                    config.positive("d_model"),
                    heads,
                    heads,
                    config.positive("d_ff"));
        }
        long hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        long head = config.positive("head_dim", (int) (hidden / heads));
        return new LayerWidths(
                config.positive("num_hidden_layers"),
                1,
                hidden,
                heads * head,
                config.positive("num_key_value_heads", heads) * head,
                config.positive("intermediate_size"));
    }

    /**
     * The inputs of a layer's linear maps, which a token leaves as well where their weights are trained.
     *
     * @param bytes of one number in the run's precision
     */
    long inputBytes(int bytes) {
        return bytes * ((attentions + 1) * hidden + attentions * queries + ffn);
    }

    /**
     * What one token leaves in a layer for the backward pass.
     *
     * @param bytes of one number in the run's precision
     */
    long bytes(int bytes) {
        long norms = (1 + attentions) * hidden * (2 * FP32 + bytes);
        long attention = (queries + 2 * keys) * (2 * bytes + 2 * FP32) + 2 * queries * (FP32 + bytes);
        return norms + attentions * attention + 4 * hidden * bytes + 5 * ffn * bytes;
    }
}
