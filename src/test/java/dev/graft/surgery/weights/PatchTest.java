package dev.graft.surgery.weights;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSelector;
import dev.graft.dsl.PretrainedRouterSpec;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.issue.GraftException;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchTest {
    private static final Path MIXTRAL = Models.SAMPLES.resolve("tiny-mixtral");

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} null experts, {1}")
    @CsvSource({"8, TILED, 3", "16, TILED, 4", "12, FIRST_ROWS, 4", "5, NORMAL, 3"})
    void a_patched_checkpoint_says_what_the_untrained_surgery_says_bit_for_bit(int nulls, RouterInit init, int topK) {
        // given
        Checkpoint base = Checkpoint.open(MIXTRAL);
        Surgery surgery = widen(
                all(),
                r -> r.nullExperts(nulls).nullRows(init).topK(topK).lora(2).balance(constant(1e-2)));
        Path untrained = Models.adapter(folder.resolve("untrained.safetensors"), surgery, base, 0);

        // when
        Checkpoint patched = Models.patch(surgery, base, folder.resolve("patched"));

        // then
        assertThat(Models.logits(patched)).isEqualTo(Models.logits(base, surgery, untrained));
        assertThat(patched.config().integer("graft_null_experts")).isEqualTo(nulls);
        assertThat(patched.config().integer("num_experts_per_tok")).isEqualTo(topK);
        assertThat(patched.config().modelType()).isEqualTo("mixtral");
    }

    @Test
    void only_the_null_rows_are_new_and_they_copy_the_routers() {
        Checkpoint base = Checkpoint.open(MIXTRAL);

        Checkpoint patched = Models.patch(tiled(), base, folder.resolve("patched"));

        assertThat(patched.tensors()).hasSize(base.tensors().size() + 4);
        String gate = "model.layers.2.block_sparse_moe.gate.weight";
        String gate2 = "model.layers.2.block_sparse_moe.gate2.weight";
        assertThat(patched.tensor(gate2).dtype()).isEqualTo(base.tensor(gate).dtype());
        assertThat(patched.shardOf(patched.tensor(gate2)).bytes(gate2))
                .isEqualTo(base.shardOf(base.tensor(gate)).bytes(gate));
        assertThat(patched.shards().get(0).path()).hasSameBinaryContentAs(MIXTRAL.resolve("model.safetensors"));
        assertThat(folder.resolve("patched/README.md")).content().contains("Only in Graft");
        assertThat(folder.resolve("patched/tokenizer.json")).hasSameBinaryContentAs(MIXTRAL.resolve("tokenizer.json"));
    }

    @Test
    void a_widened_base_takes_lora_on_its_routers_and_no_more_null_experts() {
        Checkpoint patched = Models.patch(tiled(), Checkpoint.open(MIXTRAL), folder.resolve("patched"));

        Surgery lora = widen(all(), r -> r.lora(2).balance(constant(1e-2)));
        Path adapter = Models.adapter(folder.resolve("a.safetensors"), lora, patched, 0);
        assertThat(Models.logits(patched, lora, adapter)).isEqualTo(Models.logits(patched));
        assertThatThrownBy(() -> Surgeon.plan(tiled(), patched)).hasMessageContaining("[E_TWICE]");
    }

    @Test
    void a_surgery_without_null_experts_is_refused() {
        Checkpoint base = Checkpoint.open(MIXTRAL);
        Surgery lora = widen(all(), r -> r.lora(2));

        assertThatThrownBy(() -> Models.patch(lora, base, folder.resolve("patched")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_NOTHING_TO_PATCH]");
        assertThat(folder.resolve("patched")).doesNotExist();
        assertThat(folder.resolve("patched.partial")).doesNotExist();
    }

    @Test
    void routers_that_a_checkpoint_cannot_hold_are_refused_all_together() {
        Checkpoint base = Checkpoint.open(MIXTRAL);
        Surgery mixed = surgery("mixed", s -> {
            s.layers(
                    exactly(0, 1),
                    layer -> layer.moe(moe -> moe.router(r -> r.identityNulls(8).topK(3))));
            s.layers(
                    exactly(2),
                    layer -> layer.moe(moe -> moe.router(r -> r.nullExperts(8).topK(3))));
        });

        assertThatThrownBy(() -> Models.patch(mixed, base, folder.resolve("patched")))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(GraftException.class))
                .satisfies(refused -> assertThat(refused.issues())
                        .extracting(issue -> issue.code() + ": " + issue.message())
                        .isEqualTo(List.of(
                                "E_UNSTORABLE: the router of layers 0-1: a checkpoint's null experts give 0, identity nulls give"
                                        + " their input",
                                "E_UNSTORABLE: the routers of layers 0-2 and of layers 3 decide differently:"
                                        + " config.json has one top-k and one number of null experts for all")));
    }

    private static Surgery tiled() {
        return widen(all(), r -> r.nullExperts(8).topK(3));
    }

    private static Surgery widen(LayerSelector layers, Block<PretrainedRouterSpec> router) {
        return surgery("widen", s -> s.layers(layers, layer -> layer.moe(moe -> moe.router(router::accept))));
    }
}
