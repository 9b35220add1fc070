package dev.graft.surgery;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.surgery.Leaf.Init;
import dev.graft.surgery.Leaf.Kind;
import dev.graft.surgery.Leaf.Piece;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayoutTest {
    @TempDir
    Path folder;

    @Test
    void sites_that_share_an_input_share_one_leaf_of_stacked_A_and_routers() {
        InjectionPlan plan = plan(surgery("adamoe", s -> s.layers(exactly(1), Methods.adaMoe(4, 5, 4, 2))));

        assertThat(plan.groups()).extracting(SiteGroup::name).containsExactly("q_k_v", "o", "gate_up", "down");
        SiteGroup group = plan.groups().get(0);
        String module = "model.layers.1.self_attn.";
        Init uniform = new Init.Uniform(1.0 / 8);
        assertThat(group.leaves())
                .containsExactly(
                        new Leaf(
                                "layer1_q_k_v_routed_lora_A",
                                Kind.ROUTED_LORA_A,
                                List.of(51L, 64L),
                                0,
                                List.of(
                                        new Piece(module + "q_proj.lora_A", List.of(4L, 2L, 64L), uniform),
                                        new Piece(module + "k_proj.lora_A", List.of(4L, 2L, 64L), uniform),
                                        new Piece(module + "v_proj.lora_A", List.of(4L, 2L, 64L), uniform),
                                        new Piece(module + "q_proj.router", List.of(9L, 64L), uniform),
                                        new Piece(module + "k_proj.router", List.of(9L, 64L), uniform),
                                        new Piece(module + "v_proj.router", List.of(9L, 64L), uniform))),
                        new Leaf(
                                "layer1_q_lora_B",
                                Kind.LORA_B,
                                List.of(8L, 64L),
                                51 * 64,
                                List.of(new Piece(module + "q_proj.lora_B", List.of(4L, 2L, 64L), new Init.Fill(0)))),
                        new Leaf(
                                "layer1_k_lora_B",
                                Kind.LORA_B,
                                List.of(8L, 32L),
                                59 * 64,
                                List.of(new Piece(module + "k_proj.lora_B", List.of(4L, 2L, 32L), new Init.Fill(0)))),
                        new Leaf(
                                "layer1_v_lora_B",
                                Kind.LORA_B,
                                List.of(8L, 32L),
                                63 * 64,
                                List.of(new Piece(module + "v_proj.lora_B", List.of(4L, 2L, 32L), new Init.Fill(0)))));
    }

    @Test
    void leaves_fill_one_buffer_without_gaps_and_have_names_of_their_own() {
        InjectionPlan plan = plan(surgery("mixed", s -> {
            s.layers(first(2), Methods.adaMoe(2, 2, 2, 2));
            s.layers(last(1), Methods.mov(3));
        }));

        long end = 0;
        for (Leaf leaf : plan.leaves()) {
            assertThat(leaf.offset()).isEqualTo(end);
            assertThat(leaf.pieces().stream().mapToLong(Piece::elements).sum()).isEqualTo(leaf.elements());
            end += leaf.elements();
        }
        assertThat(end).isEqualTo(plan.budget().trainable());
        List<String> names = plan.leaves().stream().map(Leaf::name).toList();
        assertThat(new HashSet<>(names)).hasSameSizeAs(names);
        assertThat(names).allMatch(name -> name.matches("[A-Za-z][A-Za-z0-9_]*"));
    }

    @Test
    void sites_with_other_experts_or_routers_keep_to_themselves() {
        InjectionPlan plan = plan(surgery(
                "mixed",
                s -> s.layers(
                        first(1),
                        layer -> layer.attention(a -> {
                            a.on(Q).mixture(2, e -> e.lora(2)).router(soft());
                            a.on(K).mixture(2, e -> e.lora(2)).router(topK(1));
                            a.on(V).mixture(2, e -> e.lora(4)).router(soft());
                        }))));

        assertThat(plan.groups()).extracting(SiteGroup::name).containsExactly("q", "k", "v");
    }

    @Test
    void sites_of_two_sentences_share_where_only_their_starts_differ() {
        InjectionPlan plan = plan(surgery(
                "mixed",
                s -> s.layers(
                        first(1),
                        layer -> layer.attention(a -> {
                            a.on(Q)
                                    .mixture(2, e -> e.lora(2, l -> l.init(Adapter.Lora.Init.NORMAL)))
                                    .router(soft());
                            a.on(V).mixture(2, e -> e.lora(2)).router(soft().init(RouterInit.KAIMING_UNIFORM));
                        }))));

        assertThat(plan.groups()).extracting(SiteGroup::name).containsExactly("q_v");
        assertThat(plan.leaves().get(0).pieces())
                .extracting(Piece::init)
                .containsExactly(
                        new Init.Normal(0.02),
                        new Init.Uniform(1.0 / 8),
                        new Init.Normal(0.02),
                        new Init.Uniform(1.0 / 8));
        assertThat(plan.leaves().get(0).pieces())
                .extracting(Piece::tensor)
                .allMatch(tensor -> tensor.endsWith(".lora_A") || tensor.endsWith(".router"));
    }

    @Test
    void site_with_dropout_has_a_mask_and_so_an_input_of_its_own() {
        InjectionPlan plan = plan(surgery(
                "dropout",
                s -> s.layers(first(1), layer -> layer.attention(a -> a.on(Q, V).lora(2, l -> l.dropout(0.1))))));

        assertThat(plan.groups()).extracting(SiteGroup::name).containsExactly("q", "v");
    }

    @Test
    void vectors_have_one_leaf_a_site_and_the_hidden_state_a_name() {
        InjectionPlan plan = plan(surgery("mov", s -> s.layers(first(1), Methods.mov(3))));

        assertThat(plan.leaves())
                .extracting(Leaf::name, Leaf::shape)
                .containsExactly(
                        tuple("layer0_k_v_router", List.of(6L, 64L)),
                        tuple("layer0_k_ia3", List.of(3L, 32L)),
                        tuple("layer0_v_ia3", List.of(3L, 32L)),
                        tuple("layer0_hidden_router", List.of(3L, 160L)),
                        tuple("layer0_hidden_ia3", List.of(3L, 160L)));
        assertThat(plan.sites().get(2).module()).isEqualTo("model.layers.0.mlp.act_fn");
        assertThat(plan.leaves().get(4).pieces())
                .containsExactly(new Piece("model.layers.0.mlp.act_fn.ia3", List.of(3L, 160L), new Init.Fill(1)));
    }

    @Test
    void plain_adapter_keeps_the_dimension_of_its_one_expert() {
        InjectionPlan plan = plan(surgery(
                "plain",
                s -> s.layers(
                        first(1),
                        layer -> layer.attention(a -> a.on(Q).lora(2, l -> l.init(Adapter.Lora.Init.NEAR_ZERO))))));

        assertThat(plan.leaves().get(0).pieces())
                .containsExactly(
                        new Piece("model.layers.0.self_attn.q_proj.lora_A", List.of(1L, 2L, 64L), new Init.Normal(1)));
        assertThat(plan.leaves().get(1).pieces())
                .containsExactly(new Piece(
                        "model.layers.0.self_attn.q_proj.lora_B", List.of(1L, 2L, 64L), new Init.Normal(1e-6)));
    }

    @Test
    void only_routers_of_equal_counts_and_settings_pool() {
        Balance perLayer = Balance.of(constant(0.01)).scope(Balance.Scope.PER_LAYER);
        InjectionPlan plan = plan(surgery("pools", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> {
                    a.on(Q, V)
                            .mixture(4, e -> e.lora(2))
                            .router(topK(2).nullExperts(5).balance(constant(0.01)));
                    a.on(O)
                            .mixture(4, e -> e.lora(2))
                            .router(topK(2).nullExperts(7).balance(constant(0.01)));
                });
                layer.ffn(f -> {
                    f.on(GATE, UP).mixture(4, e -> e.lora(2)).router(topK(2).balance(perLayer));
                    f.on(DOWN).mixture(4, e -> e.lora(2)).router(soft());
                });
            });
        }));

        assertThat(plan.balancePools())
                .extracting(
                        BalancePool::experts,
                        BalancePool::nulls,
                        BalancePool::layer,
                        pool -> pool.sites().size())
                .containsExactly(
                        tuple(4, 5, OptionalInt.empty(), 6),
                        tuple(4, 7, OptionalInt.empty(), 3),
                        tuple(4, 0, OptionalInt.of(0), 2),
                        tuple(4, 0, OptionalInt.of(1), 2),
                        tuple(4, 0, OptionalInt.of(2), 2));
        assertThat(plan.explain()).contains("""
                          balance pools over all layers, summed
                            4 true + 5 null experts, coefficient 0.01: 6 sites
                            4 true + 7 null experts, coefficient 0.01: 3 sites
                        """);
    }

    private InjectionPlan plan(Surgery spec) {
        return Surgeon.plan(spec, HeadersOnly.small().open(folder));
    }
}
