package dev.graft.surgery;

import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Block;
import dev.graft.dsl.SurgerySpec;
import dev.graft.dsl.Training.Precision;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.fixtures.MoeHeaders;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where all pretrained weights can't be trained. */
class TrainEverythingTest {
    @TempDir
    Path folder;

    @Test
    void it_stands_alone_and_runs_in_fp32() {
        assertThatPlanning(() -> plan(HeadersOnly.small(), s -> {
                    s.trainEverything();
                    s.layers(all(), Methods.lora(2));
                }))
                .isRefusedExactlyWith("E_PARAM", "E_PARAM")
                .isRefusedWith("E_PARAM")
                .mentioning("trainEverything() leaves no frozen weight for an adapter")
                .mentioning("trainEverything() runs in fp32")
                .fixedBy("--precision fp32");
    }

    @Test
    void experts_of_a_moe_block_are_not_trained() {
        assertThatPlanning(() -> plan(MoeHeaders.smallMixtral(), TrainEverythingTest::everything))
                .isRefusedWith("E_PARAM")
                .mentioning("trainEverything() is for dense models: mixtral has MoE blocks")
                .fixedBy("layer.moe(m -> m.experts(e -> e.lora(8)))");
    }

    @Test
    void a_model_of_billions_is_too_large() {
        // Llama-2-7B has 6,738,415,616 parameters
        assertThatPlanning(() -> plan(HeadersOnly.llama2of7B(), TrainEverythingTest::everything))
                .isRefusedWith("E_PARAM")
                .mentioning("trainEverything() would train 6738415616 parameters; it can train 536870912 at most")
                .fixedBy("adapt the model instead, or take a smaller one");
    }

    private static void everything(SurgerySpec s) {
        s.trainEverything();
        s.training(t -> t.precision(Precision.FP32));
    }

    private InjectionPlan plan(HeadersOnly model, Block<SurgerySpec> spec) {
        return Surgeon.plan(surgery("everything", spec), model.open(folder));
    }
}
