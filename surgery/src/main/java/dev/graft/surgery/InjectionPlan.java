package dev.graft.surgery;

import dev.graft.checkpoint.ExpectedTensors;
import dev.graft.dsl.Selection;
import dev.graft.dsl.Surgery;
import dev.graft.issue.Issue;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A spec resolved against a checkpoint: every site, the layout of the trainable tensors, and what it costs. The same
 * spec and headers give the same plan, byte for byte.
 *
 * @param surgery the spec
 * @param base the model it was resolved against
 * @param groups the adapted sites, grouped by shared input, in the order of layer, block and role
 * @param hosts the pretrained routers of the MoE blocks as they run, one a layer that has one
 * @param weights the leaves of the pretrained tensors where these are trained themselves; empty where they are frozen
 * @param budget exact costs
 * @param notes what a reader should know: no errors
 * @param modelHash over sites, routers, layout and base headers
 * @param planHash over that and the training settings
 */
public record InjectionPlan(
        Surgery surgery,
        BaseModel base,
        List<SiteGroup> groups,
        List<HostRouter> hosts,
        List<Leaf> weights,
        Budget budget,
        List<Issue> notes,
        String modelHash,
        String planHash) {
    public InjectionPlan {
        groups = List.copyOf(groups);
        hosts = List.copyOf(hosts);
        weights = List.copyOf(weights);
        notes = List.copyOf(notes);
    }

    public List<Site> sites() {
        return groups.stream().flatMap(group -> group.sites().stream()).toList();
    }

    /** The trainable tensors in the order of the flat buffer. */
    public List<Leaf> leaves() {
        return Stream.concat(groups.stream().flatMap(group -> group.leaves().stream()), weights.stream())
                .toList();
    }

    /** What an adapter file of this plan holds. */
    public ExpectedTensors tensors() {
        return new ExpectedTensors(pieces().stream().collect(Collectors.toMap(Leaf.Piece::tensor, Leaf.Piece::shape)));
    }

    /** The sites' own tensors in the order of the flat buffer. */
    public List<Leaf.Piece> pieces() {
        return leaves().stream().flatMap(leaf -> leaf.pieces().stream()).toList();
    }

    /** Which routed sites share a balance loss. */
    public List<BalancePool> balancePools() {
        return BalancePool.of(sites(), hosts);
    }

    /**
     * FLOPs per token, counted as {@link Budget} does, where the routers let through what was measured.
     *
     * @param loads true experts per token, by {@link Site#module} of routed sites and {@link HostRouter#module}; those
     *     that it does not name count with their balanced load
     */
    public long flops(Map<String, Double> loads) {
        return Costs.flops(this, loads);
    }

    /**
     * The same at full load: sites where a token uses as many true experts as their routers allow, MoE blocks with as many
     * as in the base.
     */
    public long fullFlops() {
        return Costs.fullFlops(this);
    }

    /** Whether a token can use fewer experts than another: a router has null experts, or selects by a threshold. */
    public boolean loadVaries() {
        return Stream.concat(
                        sites().stream().flatMap(site -> site.router().stream()),
                        hosts.stream().map(HostRouter::router))
                .anyMatch(router -> router.nulls().count() > 0 || router.selection() instanceof Selection.TopP);
    }

    /**
     * Which module a run's metrics are about.
     *
     * @param name of a routed site, or {@code experts} for the router of the layer's MoE block
     */
    public String routerModule(int layer, String name) {
        return hosts.stream()
                .filter(host -> host.layer() == layer && name.equals("experts"))
                .map(HostRouter::module)
                .findFirst()
                .orElse(name);
    }

    /** The plan as a text tree: layers of equal structure folded, router semantics in words, the budget. */
    public String explain() {
        return Explanation.of(this);
    }

    @Override
    public String toString() {
        return explain();
    }
}
