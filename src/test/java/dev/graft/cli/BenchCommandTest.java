package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.catalog.Catalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That it measures; what it measures is said by {@code graft bench} on a quiet machine. */
class BenchCommandTest {

    @AfterEach
    void nothing_is_left() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            String own = "graft-bench-" + ProcessHandle.current().pid();
            assertThat(files.filter(file -> file.getFileName().toString().startsWith(own)))
                    .isEmpty();
        }
    }

    @Test
    void a_step_is_timed_by_phase() throws IOException {
        Graft bench = Graft.run(
                "bench",
                "step",
                "plain-lora",
                "--times",
                "2",
                "--warmup",
                "1",
                "--threads",
                "1",
                "--steps",
                "9",
                "--json");
        assertThat(bench.exitCode()).as(bench.err()).isZero();
        JsonNode measured = new ObjectMapper().readTree(bench.out());
        assertThat(measured.at("/step/times").asInt()).isEqualTo(2);
        assertThat(measured.at("/phases").fieldNames())
                .toIterable()
                .containsExactly("data", "forward", "backward", "optimizer", "other");
        assertThat(measured.at("/phases")).allMatch(phase -> phase.asDouble() > 0);
        assertThat(measured.at("/tokensPerSecond").asDouble())
                .isGreaterThan(measured.at("/examplesPerSecond").asDouble());
    }

    @Test
    void planning_is_timed_in_processes_of_its_own_and_in_this_one() {
        assumeTrue(Catalog.standard().modelTypes().contains("mixtral"), "the catalog has no mixture of experts");
        Graft bench = Graft.run("bench", "plan", "--layers", "2", "--experts", "3", "--shards", "2", "--times", "1");
        assertThat(bench.exitCode()).as(bench.err()).isZero();
        assertThat(bench.out()).contains("tensors", "graft plan, whole process", "open, warm", "plan, warm");
    }

    @Test
    void blocks_are_timed_in_turns() throws IOException {
        Graft bench = Graft.run(
                "bench", "moe", "--precision", "bf16", "--tokens", "16", "--seconds", "0", "--threads", "1", "--json");
        assertThat(bench.exitCode()).as(bench.err()).isZero();
        JsonNode blocks = new ObjectMapper().readTree(bench.out()).at("/blocks");
        assertThat(blocks).hasSize(4);
        assertThat(blocks).allMatch(block -> block.at("/pass/minimum").asDouble() > 0);
        assertThat(blocks.get(2).at("/load").asDouble()).isEqualTo(2);
        assertThat(blocks.get(3).at("/load").asDouble()).isLessThan(3);
    }

    @Test
    void mixtures_are_timed_beside_single_adapters_on_a_synthetic_t5() throws IOException {
        Graft bench = Graft.run(
                "bench",
                "t5",
                "--layers",
                "1",
                "--batch",
                "1",
                "--rounds",
                "2",
                "--times",
                "1",
                "--threads",
                "1",
                "--precision",
                "bf16",
                "--json");
        assertThat(bench.exitCode()).as(bench.err()).isZero();
        JsonNode rows = new ObjectMapper().readTree(bench.out()).at("/rows");
        assertThat(rows.findValuesAsText("name")).containsExactly("ia3-t5", "mov-10", "lora-t5", "molora-10");
        // keys and values of three attentions, and two hidden states
        assertThat(rows.get(0).at("/parameters").asInt()).isEqualTo(3 * 2 * 768 + 2 * 2048);
        assertThat(rows).allMatch(row -> row.at("/rounds").size() == 2);
    }

    @Test
    void a_mixture_of_loras_is_timed_by_itself() throws IOException {
        Graft bench = Graft.run(
                "bench",
                "molora",
                "--precision",
                "fp32",
                "--tokens",
                "8",
                "--seconds",
                "0",
                "--threads",
                "1",
                "--json");
        assertThat(bench.exitCode()).as(bench.err()).isZero();
        JsonNode parts = new ObjectMapper().readTree(bench.out()).at("/parts");
        assertThat(parts.findValuesAsText("name"))
                .containsExactly("base", "lora", "molora", "lora_alone", "molora_alone");
        assertThat(parts).allMatch(part -> part.at("/pass/minimum").asDouble() > 0);
    }

    @Test
    void generation_is_timed_with_the_adapter_and_without(@TempDir Path folder) throws IOException {
        Path page = Files.writeString(folder.resolve("page.txt"), "Enter the king. ".repeat(40));
        Path adapter = folder.resolve("adapter");
        Graft trained =
                Graft.run("run", "plain-lora", "--data", page, "--steps", "1", "--threads", "1", "--out", adapter);
        assertThat(trained.exitCode()).as(trained.err()).isZero();

        Graft bench = Graft.run(
                "bench",
                "generate",
                "--base",
                "tiny-llama",
                "--adapter",
                adapter,
                "--prompt",
                "8",
                "--tokens",
                "2",
                "--seconds",
                "0",
                "--threads",
                "1",
                "--json");

        assertThat(bench.exitCode()).as(bench.err()).isZero();
        JsonNode models = new ObjectMapper().readTree(bench.out()).at("/models");
        assertThat(models.findValuesAsText("name")).containsExactly("base", "adapter");
        assertThat(models)
                .allMatch(model -> model.at("/prefillTokensPerSecond").asDouble()
                        == 8 / model.at("/prefill/median").asDouble());
        assertThat(models)
                .allMatch(model -> model.at("/decodeTokensPerSecond").asDouble()
                        == 2 / model.at("/decode/median").asDouble());
    }

    @Test
    void what_cannot_be_measured_is_refused() {
        assertThat(Graft.run("bench").err())
                .contains("[E_USAGE] say what to measure: plan, step, moe, t5, molora or generate");
        assertThat(Graft.run("bench", "step", "plain-lora", "--times", "0").err())
                .contains("[E_USAGE] --times 0 must be 1 or more");
        assertThat(Graft.run("bench", "plan", "--shards", "0").exitCode()).isEqualTo(2);
    }
}
