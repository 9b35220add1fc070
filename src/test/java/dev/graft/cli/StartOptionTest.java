package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that start from an adapter: one that PEFT wrote, and one of Graft's own. */
class StartOptionTest {
    private static final Path PEFT = Path.of(System.getProperty("graft.home")).resolve("src/test/resources/peft/lora");

    /** What {@code adapter_config.json} of that folder says. */
    private static final String SPEC = """
            import static dev.graft.dsl.Graft.*;

            public final class Same implements dev.graft.dsl.Spec {
                @Override
                public dev.graft.dsl.Surgery define() {
                    return surgery("same", s -> {
                        s.layers(exactly(1, 4), layer -> {
                            layer.attention(a -> a.on(Q).lora(2, l -> l.alpha(6)));
                            layer.attention(a -> a.on(K, O).lora(3, l -> l.alpha(6)));
                            layer.ffn(f -> f.on(GATE, UP).lora(3, l -> l.alpha(6)));
                        });
                        s.layers(exactly(1), layer -> {
                            layer.attention(a -> a.on(V).lora(3, l -> l.alpha(9)));
                            layer.ffn(f -> f.on(DOWN).lora(3, l -> l.alpha(6)));
                        });
                        s.layers(exactly(4), layer -> {
                            layer.attention(a -> a.on(V).lora(3, l -> l.alpha(6)));
                            layer.ffn(f -> f.on(DOWN).lora(4, l -> l.alpha(6)));
                        });
                    });
                }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void the_tensors_begin_with_those_of_a_peft_adapter() {
        // when: a rate too small to change an fp32 number much
        Graft run = run("started", spec(SPEC), "--lr", "1e-12", "--start", PEFT);

        // then
        assertThat(run.exitCode()).as(run.err()).isZero();
        SafetensorsFile peft = SafetensorsFile.open(PEFT.resolve("adapter_model.safetensors"));
        SafetensorsFile trained = adapter("started");
        assertThat(trained.tensors()).hasSameSizeAs(peft.tensors().keySet());
        for (String module : new String[] {"model.layers.1.self_attn.q_proj", "model.layers.4.mlp.down_proj"}) {
            float[] a = peft.floats("base_model.model." + module + ".lora_A.weight");
            float[] b = peft.floats("base_model.model." + module + ".lora_B.weight");
            assertThat(trained.floats(module + ".lora_A")).containsExactly(a, within(1e-9f));
            float[] transposed = trained.floats(module + ".lora_B");
            int rank = module.endsWith("q_proj") ? 2 : 4;
            assertThat(transposed).hasSameSizeAs(b);
            for (int i = 0; i < b.length; i++) {
                assertThat(transposed[i % rank * (b.length / rank) + i / rank]).isCloseTo(b[i], within(1e-9f));
            }
        }
        assertThat(trained.metadata()).containsKey("graft.start");
    }

    @Test
    void a_run_goes_on_from_another_runs_adapter_and_says_so() throws IOException {
        // given
        Path spec = spec(SPEC);
        assertThat(run("first", spec).exitCode()).isZero();

        // when
        Graft further = run("further", spec, "--lr", "1e-12", "--start", folder.resolve("first"));

        // then
        assertThat(further.exitCode()).as(further.err()).isZero();
        String module = "model.layers.1.self_attn.k_proj.lora_B";
        assertThat(adapter("further").floats(module))
                .containsExactly(adapter("first").floats(module), within(1e-9f));
        assertThat(adapter("first").metadata()).doesNotContainKey("graft.start");
        String hash = adapter("further").metadata().get("graft.start");
        assertThat(Files.readString(folder.resolve("further/metrics.jsonl"))).contains("\"start\":\"" + hash + "\"");
    }

    @Test
    void an_adapter_of_other_sites_ranks_or_alphas_is_refused_with_their_names() {
        Graft refused = run(
                "refused",
                spec(SPEC.replace("a.on(K, O)", "a.on(O)").replace("l.alpha(9)", "l.alpha(8)")),
                "--start",
                PEFT);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains(
                        "[E_START] the run can't start from this adapter: attention v of layers 1: the adapter has one LoRA of rank 3,"
                                + " alpha 9, the spec one LoRA of rank 3, alpha 8",
                        "[E_START] the run can't start from this adapter: attention k of layers 1, 4: the adapter has one LoRA of"
                                + " rank 3, alpha 6, the spec nothing there");
        assertThat(folder.resolve("refused.partial")).doesNotExist();
    }

    @Test
    void an_adapter_of_another_base_is_refused() {
        Graft refused = Graft.run(
                "run",
                "adamoe-mixtral",
                "--steps",
                "1",
                "--data",
                data(),
                "--out",
                folder.resolve("no"),
                "--start",
                PEFT);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains(
                        "[E_ADAPTER]", "mixtral of 4 layers has no such linear maps", "'model.layers.1.mlp.down_proj'");
    }

    @Test
    void a_training_step_is_measured_from_an_adapter() {
        Graft bench = Graft.run(
                "bench", "step", spec(SPEC), "--base", "tiny-llama", "--warmup", "0", "--times", "1", "--start", PEFT);

        assertThat(bench.exitCode()).as(bench.err()).isZero();
        assertThat(bench.out()).contains("examples/s");
    }

    private Graft run(String out, Path spec, Object... more) {
        Object[] words = {
            "run",
            spec,
            "--base",
            "tiny-llama",
            "--steps",
            "1",
            "--threads",
            "1",
            "--data",
            data(),
            "--out",
            folder.resolve(out)
        };
        return Graft.run(java.util.stream.Stream.concat(java.util.Arrays.stream(words), java.util.Arrays.stream(more))
                .toArray());
    }

    private SafetensorsFile adapter(String run) {
        return SafetensorsFile.open(folder.resolve(run).resolve("adapter.safetensors"));
    }

    private Path spec(String text) {
        return write("Same.java", text);
    }

    private Path data() {
        return write("data.txt", "Enter the king. ".repeat(200));
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
