package dev.graft.catalog;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Block;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The fragments against the papers' settings, as methods lists them. */
class MethodsTest {
    @Test
    void lora_adapts_queries_and_values() {
        List<Injection> sentences = sentences(Methods.lora(8, lora -> lora.dropout(0.05)));

        assertThat(sentences).hasSize(1);
        assertThat(sentences.get(0).roles()).containsExactly(Role.Q, Role.V);
        assertThat(sentences.get(0).experts())
                .isEqualTo(new Experts(1, new Adapter.Lora(8, 16, Adapter.Lora.Init.KAIMING_UNIFORM, 0.05)));
        assertThat(sentences.get(0).router()).isEmpty();
    }

    @Test
    void ia3_scales_keys_values_and_the_hidden_state() {
        List<Injection> sentences = sentences(Methods.ia3());

        assertThat(sentences)
                .extracting(Injection::roles)
                .containsExactly(List.of(Role.K, Role.V), List.of(Role.HIDDEN));
        assertThat(sentences).extracting(Injection::experts).containsOnly(new Experts(1, new Adapter.Ia3()));
    }

    @Test
    void molora_is_soft_of_rank_4_and_alpha_16_on_all_but_up() {
        List<Injection> sentences = sentences(Methods.moLora(10));

        assertThat(sentences)
                .extracting(Injection::roles)
                .containsExactly(List.of(Role.Q, Role.K, Role.V, Role.O), List.of(Role.GATE, Role.DOWN));
        assertThat(sentences)
                .extracting(Injection::experts)
                .containsOnly(new Experts(10, new Adapter.Lora(4, 16, Adapter.Lora.Init.NORMAL, 0)));
        assertThat(sentences).extracting(Injection::router).containsOnly(Optional.of(soft()));
    }

    @Test
    void mov_routes_the_hidden_state_by_itself() {
        List<Injection> sentences = sentences(Methods.mov(10, topK(2)));

        assertThat(sentences.get(0).router()).contains(topK(2));
        assertThat(sentences.get(1).router()).contains(topK(2).input(RouterInput.ACTIVATED_HIDDEN));
        assertThat(sentences.get(1).block()).isEqualTo(BlockKind.FFN);
        assertThat(sentences).extracting(Injection::experts).containsOnly(new Experts(10, new Adapter.Ia3()));
    }

    @Test
    void mov_by_sentence_stays_by_sentence() {
        List<Injection> sentences = sentences(Methods.mov(10, soft().perSentence()));

        assertThat(sentences).extracting(Injection::router).containsOnly(Optional.of(soft().perSentence()));
    }

    @Test
    void adamoe_is_the_papers_mo_lora_on_seven_projections() {
        List<Injection> sentences = sentences(Methods.adaMoe(4, 5, 4));

        assertThat(sentences)
                .extracting(Injection::roles)
                .containsExactly(List.of(Role.Q, Role.K, Role.V, Role.O), List.of(Role.GATE, Role.UP, Role.DOWN));
        assertThat(sentences)
                .extracting(Injection::experts)
                .containsOnly(new Experts(4, new Adapter.Lora(8, 16, Adapter.Lora.Init.KAIMING_UNIFORM, 0)));
        Router router = sentences.get(0).router().orElseThrow();
        assertThat(router.normalisation()).isEqualTo(Normalisation.SELECTED_TRUE);
        assertThat(router.init()).isEqualTo(RouterInit.KAIMING_UNIFORM);
        assertThat(router.nulls()).isEqualTo(new NullExperts(5, NullExperts.Kind.ZERO, NullExperts.Share.RAW));
        assertThat(router.balance()).contains(Balance.of(anneal(2e-2, 1e-4)).ifItTeaches());
    }

    private static List<Injection> sentences(Block<LayerSpec> fragment) {
        return surgery("any", s -> s.layers(all(), fragment)).injections();
    }
}
