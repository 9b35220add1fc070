package dev.graft.cli.bench;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.Narrowing;
import dev.graft.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A checkpoint of T5 v1.1's layout with random weights, spread as a fresh model's are; it has no tokenizer.
 *
 * @param layers of the encoder, and of the decoder
 * @param hidden d
 * @param ffn F
 * @param vocabulary rows of the embedding and of the head
 * @param dtype of all tensors
 */
public record SyntheticT5(int layers, int hidden, int ffn, int vocabulary, DType dtype) {
    private static final int HEAD = 64;
    private static final int BUCKETS = 32;
    private static final int DRAWN = 1 << 20;

    /** T5 v1.1 base: 12 + 12 layers, d 768, 12 heads, FFN 2048, vocabulary 32128. */
    public static SyntheticT5 base(DType dtype) {
        return new SyntheticT5(12, 768, 2048, 32_128, dtype);
    }

    /** Writes config.json and model.safetensors into a folder. */
    public void writeTo(Path folder) {
        float[] drawn = drawn();
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        deviations().forEach((tensor, deviation) -> {
            List<Long> shape = shape(tensor);
            writer.tensor(tensor, dtype, shape, channel -> write(channel, shape, deviation, drawn));
        });
        writer.write(folder.resolve("model.safetensors"), IfExists.REPLACE);
        AtomicFile.write(folder.resolve("config.json"), IfExists.REPLACE, configJson());
    }

    /** Normal numbers that all tensors are made of: drawing hundreds of millions would take longer than measuring. */
    private static float[] drawn() {
        Random random = new Random(1);
        float[] drawn = new float[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            drawn[i] = (float) random.nextGaussian();
        }
        return drawn;
    }

    /** @param deviation 0 for ones */
    private void write(SeekableByteChannel channel, List<Long> shape, double deviation, float[] drawn)
            throws IOException {
        float[] values = new float[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            values[i] = deviation == 0 ? 1 : (float) (deviation * drawn[i]);
        }
        long left = shape.stream().reduce(1L, Math::multiplyExact);
        while (left > 0) {
            int count = (int) Math.min(left, DRAWN);
            AtomicFile.writeFully(channel, Narrowing.bytes(dtype, Arrays.copyOf(values, count), count));
            left -= count;
        }
    }

    private int heads() {
        return hidden / HEAD;
    }

    /** How each tensor is spread, as transformers starts a T5; 0 stands for ones. */
    private Map<String, Double> deviations() {
        Map<String, Double> tensors = new LinkedHashMap<>();
        tensors.put("shared.weight", 1.0);
        tensors.put("lm_head.weight", 1 / Math.sqrt(hidden));
        for (String stack : List.of("encoder", "decoder")) {
            String bias = ".block.0.layer.0.SelfAttention.relative_attention_bias.weight";
            tensors.put(stack + bias, 1 / Math.sqrt(hidden));
            for (int i = 0; i < layers; i++) {
                String layer = stack + ".block." + i + ".layer.";
                attention(tensors, layer + "0.", "SelfAttention.");
                if (stack.equals("decoder")) {
                    attention(tensors, layer + "1.", "EncDecAttention.");
                }
                ffn(tensors, layer + (stack.equals("decoder") ? "2." : "1."));
            }
            tensors.put(stack + ".final_layer_norm.weight", 0.0);
        }
        return tensors;
    }

    private void attention(Map<String, Double> tensors, String block, String name) {
        tensors.put(block + name + "q.weight", 1 / Math.sqrt((double) hidden * HEAD));
        for (String projection : List.of("k", "v", "o")) {
            tensors.put(block + name + projection + ".weight", 1 / Math.sqrt(hidden));
        }
        tensors.put(block + "layer_norm.weight", 0.0);
    }

    private void ffn(Map<String, Double> tensors, String block) {
        tensors.put(block + "DenseReluDense.wi_0.weight", 1 / Math.sqrt(hidden));
        tensors.put(block + "DenseReluDense.wi_1.weight", 1 / Math.sqrt(hidden));
        tensors.put(block + "DenseReluDense.wo.weight", 1 / Math.sqrt(ffn));
        tensors.put(block + "layer_norm.weight", 0.0);
    }

    private List<Long> shape(String tensor) {
        long d = hidden;
        if (tensor.endsWith("layer_norm.weight")) {
            return List.of(d);
        } else if (tensor.endsWith("relative_attention_bias.weight")) {
            return List.of((long) BUCKETS, (long) heads());
        } else if (tensor.contains(".wi_")) {
            return List.of((long) ffn, d);
        } else if (tensor.contains(".wo.")) {
            return List.of(d, (long) ffn);
        }
        boolean table = tensor.equals("shared.weight") || tensor.equals("lm_head.weight");
        return List.of(table ? (long) vocabulary : d, d);
    }

    private String configJson() {
        return """
                {
                  "architectures": ["T5ForConditionalGeneration"],
                  "d_ff": %d,
                  "d_kv": %d,
                  "d_model": %d,
                  "decoder_start_token_id": 0,
                  "eos_token_id": 1,
                  "feed_forward_proj": "gated-gelu",
                  "is_encoder_decoder": true,
                  "layer_norm_epsilon": 1e-06,
                  "model_type": "t5",
                  "num_decoder_layers": %d,
                  "num_heads": %d,
                  "num_layers": %d,
                  "pad_token_id": 0,
                  "relative_attention_max_distance": 128,
                  "relative_attention_num_buckets": %d,
                  "tie_word_embeddings": false,
                  "vocab_size": %d
                }
                """.formatted(ffn, HEAD, hidden, layers, heads(), layers, BUCKETS, vocabulary);
    }
}
