package dev.graft.cli.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A checkpoint with a large model's names, shapes and shards and no content: Qwen2-MoE's layout (tied embeddings), its files
 * sparse, so that hundreds of gigabytes take a few megabytes on the disk.
 *
 * @param layers decoder layers
 * @param experts of each layer
 * @param shards files; the tensors are dealt out evenly
 */
public record SyntheticCheckpoint(int layers, int experts, int shards) {
    /** As large as DeepSeek-V3: 47,704 tensors in 1,000 shards. */
    public static final SyntheticCheckpoint LARGE = new SyntheticCheckpoint(61, 256, 1000);

    private static final long HIDDEN = 2048;
    private static final long EXPERT_WIDTH = 768;
    private static final long VOCABULARY = 32_000;
    private static final int HEADS = 16;
    private static final int KV_HEADS = 4;
    private static final long KV_WIDTH = HIDDEN / HEADS * KV_HEADS;

    /** How many tensors it has: per layer four projections with three biases, two norms, the router, the shared expert, and three an expert. */
    public int tensors() {
        return layers * (14 + 3 * experts) + 2;
    }

    /** Writes config.json, the shards and their index into a folder, over what is there. */
    public void writeTo(Path folder) {
        Map<String, List<Long>> shapes = shapes();
        Map<String, String> index = new LinkedHashMap<>();
        SafetensorsWriter[] writers = new SafetensorsWriter[shards];
        int position = 0;
        for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
            int shard = (int) ((long) position++ * shards / shapes.size());
            if (writers[shard] == null) {
                writers[shard] = new SafetensorsWriter().metadata("format", "pt");
            }
            writers[shard].zeros(tensor.getKey(), DType.BF16, tensor.getValue());
            index.put(tensor.getKey(), fileName(shard));
        }
        for (int shard = 0; shard < shards; shard++) {
            if (writers[shard] != null) {
                writers[shard].write(folder.resolve(fileName(shard)), IfExists.REPLACE);
            }
        }
        AtomicFile.write(folder.resolve("model.safetensors.index.json"), IfExists.REPLACE, indexJson(index));
        AtomicFile.write(folder.resolve("config.json"), IfExists.REPLACE, configJson());
    }

    private String fileName(int shard) {
        return String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, shards);
    }

    private Map<String, List<Long>> shapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", List.of(VOCABULARY, HIDDEN));
        for (int i = 0; i < layers; i++) {
            String layer = "model.layers." + i + ".";
            shapes.put(layer + "input_layernorm.weight", List.of(HIDDEN));
            shapes.put(layer + "self_attn.q_proj.weight", List.of(HIDDEN, HIDDEN));
            shapes.put(layer + "self_attn.q_proj.bias", List.of(HIDDEN));
            shapes.put(layer + "self_attn.k_proj.weight", List.of(KV_WIDTH, HIDDEN));
            shapes.put(layer + "self_attn.k_proj.bias", List.of(KV_WIDTH));
            shapes.put(layer + "self_attn.v_proj.weight", List.of(KV_WIDTH, HIDDEN));
            shapes.put(layer + "self_attn.v_proj.bias", List.of(KV_WIDTH));
            shapes.put(layer + "self_attn.o_proj.weight", List.of(HIDDEN, HIDDEN));
            shapes.put(layer + "post_attention_layernorm.weight", List.of(HIDDEN));
            shapes.put(layer + "mlp.gate.weight", List.of((long) experts, HIDDEN));
            shapes.put(layer + "mlp.shared_expert_gate.weight", List.of(1L, HIDDEN));
            projections(shapes, layer + "mlp.shared_expert.");
            for (int e = 0; e < experts; e++) {
                projections(shapes, layer + "mlp.experts." + e + ".");
            }
        }
        shapes.put("model.norm.weight", List.of(HIDDEN));
        return shapes;
    }

    private static void projections(Map<String, List<Long>> shapes, String expert) {
        shapes.put(expert + "gate_proj.weight", List.of(EXPERT_WIDTH, HIDDEN));
        shapes.put(expert + "up_proj.weight", List.of(EXPERT_WIDTH, HIDDEN));
        shapes.put(expert + "down_proj.weight", List.of(HIDDEN, EXPERT_WIDTH));
    }

    private static String indexJson(Map<String, String> index) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeObjectFieldStart("weight_map");
            for (Map.Entry<String, String> entry : index.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private String configJson() {
        return """
                {
                  "architectures": ["Qwen2MoeForCausalLM"],
                  "model_type": "qwen2_moe",
                  "hidden_act": "silu",
                  "hidden_size": %d,
                  "intermediate_size": %d,
                  "max_position_embeddings": 32768,
                  "num_attention_heads": %d,
                  "moe_intermediate_size": %d,
                  "num_experts": %d,
                  "num_experts_per_tok": %d,
                  "num_hidden_layers": %d,
                  "num_key_value_heads": %d,
                  "rms_norm_eps": 1e-05,
                  "rope_theta": 1000000.0,
                  "router_aux_loss_coef": 0.02,
                  "shared_expert_intermediate_size": %d,
                  "tie_word_embeddings": true,
                  "torch_dtype": "bfloat16",
                  "vocab_size": %d
                }
                """.formatted(
                        HIDDEN,
                        4 * HIDDEN,
                        HEADS,
                        EXPERT_WIDTH,
                        experts,
                        Math.min(8, experts),
                        layers,
                        KV_HEADS,
                        EXPERT_WIDTH,
                        VOCABULARY);
    }
}
