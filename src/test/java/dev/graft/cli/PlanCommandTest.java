package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.dsl.Training;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.SurgeryJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"plain-lora", "adamoe", "molora-soft", "mov-decoder", "mixed-layers"})
    void every_sample_plans_on_its_own_base(String sample) {
        Graft plan = Graft.run("plan", sample);

        assertThat(plan.err()).isEmpty();
        assertThat(plan.exitCode()).isZero();
        assertThat(plan.out()).startsWith("surgery " + sample).contains("trainable params: ", "FLOPs per token: ");
    }

    @Test
    void every_spec_of_the_benchmarks_plans() throws IOException {
        List<Path> specs;
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("graft.home"), "bench/specs"))) {
            specs = files.toList();
        }
        assertThat(specs).isNotEmpty().allSatisfy(spec -> {
            Graft plan = Graft.run("plan", spec, "--base", "tiny-llama");
            assertThat(plan.err()).isEmpty();
            assertThat(plan.exitCode()).isZero();
        });
    }

    @Test
    void a_java_file_gives_the_plan_that_its_class_gives() {
        Path source =
                Path.of(System.getProperty("graft.home"), "samples/src/main/java/dev/graft/samples/AdaMoeMoLora.java");

        Graft fromSource = Graft.run("plan", source, "--base", "tiny-llama", "--json", "-");

        assertThat(fromSource.exitCode()).isZero();
        assertThat(fromSource.out())
                .isEqualTo(Graft.run("plan", "adamoe", "--json", "-").out());
    }

    @Test
    void a_spec_in_json_gives_the_same_plan_as_in_java() throws IOException {
        InjectionPlan plan =
                PlanJson.read(Graft.run("plan", "adamoe", "--json", "-").out());
        Path json = Files.writeString(folder.resolve("adamoe.json"), SurgeryJson.write(plan.surgery()));

        Graft fromJson = Graft.run("plan", json, "--base", "tiny-llama", "--json", "-");

        assertThat(PlanJson.read(fromJson.out())).isEqualTo(plan);
    }

    @Test
    void overrides_are_part_of_the_plan_and_of_its_hash() {
        InjectionPlan plan =
                PlanJson.read(Graft.run("plan", "adamoe", "--json", "-").out());
        InjectionPlan other = PlanJson.read(Graft.run(
                        "plan",
                        "adamoe",
                        "--json",
                        "-",
                        "--threads",
                        "1",
                        "--device",
                        "cuda:1",
                        "--precision",
                        "fp32",
                        "--lr",
                        "1e-4",
                        "--steps",
                        "7",
                        "--seed",
                        "42",
                        "--recompute")
                .out());

        Training training = other.surgery().training();
        assertThat(training.threads()).isEqualTo(1);
        assertThat(training.device()).isEqualTo("cuda:1");
        assertThat(training.precision()).isEqualTo(Training.Precision.FP32);
        assertThat(training.optimizer().rate()).isEqualTo(1e-4);
        assertThat(training.steps()).hasValue(7);
        assertThat(training.seed()).isEqualTo(42);
        assertThat(training.recompute()).isTrue();
        assertThat(plan.surgery().training().recompute()).isFalse();
        assertThat(other.planHash()).isNotEqualTo(plan.planHash());
        assertThat(other.modelHash()).isEqualTo(plan.modelHash());
    }

    @Test
    void epochs_on_the_command_line_lift_a_limit_of_steps() {
        InjectionPlan plan = PlanJson.read(
                Graft.run("plan", "adamoe", "--json", "-", "--epochs", "3").out());

        assertThat(plan.surgery().training().epochs()).isEqualTo(3);
        assertThat(plan.surgery().training().steps()).isEmpty();
    }

    @Test
    void a_refused_override_writes_nothing() {
        Path file = folder.resolve("plan.json");

        Graft refused = Graft.run("plan", "adamoe", "--lr", "-1", "--steps", "0", "--json", file);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_PARAM]", "learning rate -1.0", "steps 0");
        assertThat(file).doesNotExist();
    }

    @Test
    void diff_with_the_same_plan_is_empty_and_with_another_tells_and_fails() {
        Path file = folder.resolve("plan.json");
        assertThat(Graft.run("plan", "adamoe", "--json", file).exitCode()).isZero();

        Graft same = Graft.run("plan", "adamoe", "--diff", file);
        Graft other = Graft.run("plan", "adamoe", "--lr", "1e-4", "--diff", file);
        Graft spec = Graft.run("plan", "adamoe", "--diff", "plain-lora");

        assertThat(same.exitCode()).isZero();
        assertThat(same.out()).isEqualTo("the plans are the same\n");
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.out()).isEqualTo("~ training.optimizer.rate: 0.004 -> 1.0E-4\n");
        assertThat(spec.exitCode()).isEqualTo(1);
        assertThat(spec.out()).contains("~ surgery: plain-lora -> adamoe", "LoRA of rank 8");
    }
}
