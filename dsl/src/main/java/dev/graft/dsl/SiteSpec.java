package dev.graft.dsl;

import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is put at the sites that {@link SitesSpec#on} named: one adapter, or a mixture with its router. */
public final class SiteSpec implements Sentence {
    private final Scope scope;
    private final LayerSelector layers;
    private final Stack stack;
    private final BlockKind kind;
    private final List<Role> roles;
    private final CallSite at;
    private @Nullable Experts experts;
    private @Nullable Router router;

    SiteSpec(Scope scope, LayerSelector layers, Stack stack, BlockKind kind, List<Role> roles, CallSite at) {
        this.scope = scope;
        this.layers = layers;
        this.stack = stack;
        this.kind = kind;
        this.roles = roles;
        this.at = at;
    }

    /** One LoRA of this rank, alpha twice the rank. */
    public SiteSpec lora(int rank) {
        return lora(rank, Block.defaults());
    }

    /** One LoRA of this rank. */
    public SiteSpec lora(int rank, Block<? super LoraSpec> options) {
        return put("lora", 1, expert -> expert.lora(rank, options));
    }

    /** One (IA)³ vector, starting at ones. */
    public SiteSpec ia3() {
        return put("ia3", 1, ExpertSpec::ia3);
    }

    /** One parallel adapter W₂ silu(W₁ x) of this rank, beside a MoE block (PERFT). */
    public SiteSpec parallel(int rank) {
        return put("parallel", 1, expert -> expert.parallel(rank));
    }

    /** One adapter for each pretrained expert, weighed as the pretrained router weighs that expert (PERFT-E). */
    public SiteSpec perExpert(Block<? super ExpertSpec> expert) {
        put("perExpert", Experts.FOR_EACH, expert);
        router = Graft.asPretrained();
        return this;
    }

    /** A mixture of {@code count} experts of one kind; {@link #router} says who weighs them. */
    public SiteSpec mixture(int count, Block<? super ExpertSpec> expert) {
        return put("mixture", count, expert);
    }

    /** Who weighs the experts. */
    public SiteSpec router(Router value) {
        scope.enter("router");
        router = value;
        return this;
    }

    SiteSpec put(String word, int count, Block<? super ExpertSpec> block) {
        CallSite here = scope.enter(word);
        if (experts != null) {
            throw new GraftException(Issue.error("E_TWICE", "'" + word + "' was called where the sites have experts")
                    .withFix("name the sites once more with on(...), or drop one of the two")
                    .at(here));
        }
        scope.nest(word, inner -> new ExpertSpec(inner, here), (ExpertSpec expert) -> {
            block.accept(expert);
            experts = new Experts(count, expert.freeze());
        });
        return this;
    }

    @Override
    public Injection freeze() {
        Experts chosen = experts;
        if (chosen == null) {
            throw new GraftException(
                    Issue.error("E_UNFINISHED", "on" + roles + " says where, but not what to put there")
                            .withFix("add .lora(rank), .ia3() or .mixture(count, expert -> ...)")
                            .at(at));
        }
        return new Injection(layers, stack, kind, roles, chosen, Optional.ofNullable(router), at);
    }
}
