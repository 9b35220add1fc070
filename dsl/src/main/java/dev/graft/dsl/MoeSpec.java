package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.ArrayList;
import java.util.List;

/** Receiver of a MoE block: its pretrained router, its pretrained experts, and adapters beside it. */
public final class MoeSpec {
    private final Scope scope;
    private final LayerSelector layers;
    private final Stack stack;
    private final List<Sentence> sites;

    MoeSpec(Scope scope, LayerSelector layers, Stack stack, List<Sentence> sites) {
        this.scope = scope;
        this.layers = layers;
        this.stack = stack;
        this.sites = sites;
    }

    /** Changes what the pretrained router decides, and trains it with a LoRA. */
    public MoeSpec router(Block<? super PretrainedRouterSpec> block) {
        CallSite at = scope.enter("router");
        scope.nest(
                "router",
                inner -> {
                    PretrainedRouterSpec router = new PretrainedRouterSpec(inner, layers, stack, at);
                    sites.add(router);
                    return router;
                },
                block);
        return this;
    }

    /** Puts one adapter into each projection (GATE, UP, DOWN) of every pretrained expert. */
    public MoeSpec experts(Block<? super ExpertSpec> expert) {
        CallSite at = scope.enter("experts");
        site(at, Role.GATE, Role.UP, Role.DOWN).put("experts", 1, expert);
        return this;
    }

    /** Some projections (GATE, UP, DOWN) of every pretrained expert; say next what is put there. */
    public SiteSpec on(Role first, Role... more) {
        CallSite at = scope.enter("on");
        List<Role> roles = new ArrayList<>(List.of(first));
        roles.addAll(List.of(more));
        return site(at, roles.toArray(Role[]::new));
    }

    /** Beside the block: same input as its experts, added to its output (PERFT); say next what is put there. */
    public SiteSpec beside() {
        return site(scope.enter("beside"), Role.BESIDE);
    }

    private SiteSpec site(CallSite at, Role... roles) {
        SiteSpec site = new SiteSpec(scope, layers, stack, BlockKind.MOE, List.of(roles), at);
        sites.add(site);
        return site;
    }
}
