package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.ArrayList;
import java.util.List;

/** Receiver of an attention or FFN block: names sites by role. */
public final class SitesSpec {
    private final Scope scope;
    private final LayerSelector layers;
    private final Stack stack;
    private final BlockKind kind;
    private final List<Sentence> sites;

    SitesSpec(Scope scope, LayerSelector layers, Stack stack, BlockKind kind, List<Sentence> sites) {
        this.scope = scope;
        this.layers = layers;
        this.stack = stack;
        this.kind = kind;
        this.sites = sites;
    }

    /** The sites of these roles; say next what is put there. */
    public SiteSpec on(Role first, Role... more) {
        CallSite at = scope.enter("on");
        List<Role> roles = new ArrayList<>(List.of(first));
        roles.addAll(List.of(more));
        SiteSpec site = new SiteSpec(scope, layers, stack, kind, roles, at);
        sites.add(site);
        return site;
    }
}
