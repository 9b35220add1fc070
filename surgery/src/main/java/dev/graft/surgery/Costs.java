package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Selection;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Counts what a plan costs. */
final class Costs {
    private static final int FP32 = 4;

    private static final Load BALANCED = (module, routing) -> routing.balancedLoad();
    private static final Load WORST = (module, routing) -> routing.worstLoad();

    private final ModelShape shape;
    private final Map<Integer, HostRouter> hosts = new HashMap<>();

    /** True experts that a token uses of those behind a router, which is known by its module. */
    private interface Load {
        double of(String module, Routing routing);
    }

    private Costs(ModelShape shape, List<HostRouter> hosts) {
        this.shape = shape;
        hosts.forEach(host -> this.hosts.put(host.layer(), host));
    }

    static Budget of(
            Surgery surgery,
            BaseModel base,
            Architecture architecture,
            List<SiteGroup> groups,
            List<HostRouter> hosts,
            List<Leaf> weights) {
        Training training = surgery.training();
        List<Leaf> leaves = Stream.concat(groups.stream().flatMap(group -> group.leaves().stream()), weights.stream())
                .toList();
        List<Site> sites =
                groups.stream().flatMap(group -> group.sites().stream()).toList();
        long trainable = leaves.stream().mapToLong(Leaf::elements).sum();
        long ownWeights = weights.stream().mapToLong(Leaf::elements).sum();
        long frozen = base.parameters() - ownWeights;
        int width = training.precision() == Training.Precision.BF16 ? 2 : FP32;
        Costs costs = new Costs(base.shape(), hosts);
        double layers = costs.denseFlops(architecture);
        return new Budget(
                trainable,
                ownWeights
                        + Math.round(sites.stream()
                                .mapToDouble(site ->
                                        costs.routerParameters(site) + costs.load(site, BALANCED) * expert(site))
                                .sum()),
                frozen,
                frozen * width,
                trainable * FP32,
                trainable * FP32,
                stateElements(training.optimizer(), leaves) * FP32,
                Math.round(layers + costs.pretrainedFlops()),
                Math.round(layers + costs.flops(sites, BALANCED)),
                Math.round(layers + costs.flops(sites, WORST)));
    }

    /**
     * FLOPs per token of base and adapters where the routers let through what was measured.
     *
     * @param loads true experts per token, by the module of the routed site or of the pretrained router; the balanced
     *     load for those that it does not name
     */
    static long flops(InjectionPlan plan, Map<String, Double> loads) {
        return flops(plan, (module, routing) -> loads.getOrDefault(module, BALANCED.of(module, routing)));
    }

    /** The same where no token passes over an expert: pretrained routers at the load that they have in the base. */
    static long fullFlops(InjectionPlan plan) {
        Map<String, Double> pretrained = new HashMap<>();
        plan.base()
                .shape()
                .moe()
                .map(moe -> new Routing(moe.experts(), moe.router()))
                .ifPresent(base ->
                        plan.hosts().forEach(host -> pretrained.put(host.module(), (double) base.worstLoad())));
        return flops(plan, (module, routing) -> pretrained.getOrDefault(module, WORST.of(module, routing)));
    }

    private static long flops(InjectionPlan plan, Load load) {
        Costs costs = new Costs(plan.base().shape(), plan.hosts());
        double layers = plan.budget().baseFlops() - costs.pretrainedFlops();
        return Math.round(layers + costs.flops(plan.sites(), load));
    }

    /** Two a multiply-add, over the projections of attention and FFN and the LM head. */
    private double denseFlops(Architecture architecture) {
        double products = (double) shape.vocabulary() * shape.hiddenSize();
        for (Stack stack : architecture.stacks()) {
            for (Map.Entry<BlockKind, Architecture.BlockNames> block :
                    architecture.blocks(stack).entrySet()) {
                BlockKind kind = block.getKey();
                if (kind != BlockKind.MOE) {
                    products += shape.layersWith(stack, kind).size()
                            * block.getValue().projections().keySet().stream()
                                    .mapToDouble(role -> (double) shape.in(kind, role) * shape.out(kind, role))
                                    .sum();
                }
            }
        }
        return 2 * products;
    }

    /** The MoE blocks as the base has them. */
    private double pretrainedFlops() {
        return shape.moe()
                .map(moe -> moe.layers().size()
                        * moeFlops(moe, moe.nulls(), new Routing(moe.experts(), moe.router()).balancedLoad()))
                .orElse(0.0);
    }

    /** The MoE blocks with their routers as they run. */
    private double patchedFlops(Load load) {
        return hosts.values().stream()
                .mapToDouble(host ->
                        moeFlops(shape.experts(), host.router().nulls().count(), load.of(host.module(), routing(host))))
                .sum();
    }

    private double moeFlops(ModelShape.Moe moe, int nulls, double load) {
        double hidden = shape.hiddenSize();
        double router = hidden * (moe.experts() + nulls);
        double shared =
                moe.sharedSize().isPresent() ? hidden * (3.0 * moe.sharedSize().getAsInt() + 1) : 0;
        return 2 * (router + shared + load * 3 * hidden * moe.expertSize());
    }

    /** The MoE blocks and the adapters. */
    private double flops(List<Site> sites, Load load) {
        return patchedFlops(load)
                + sites.stream().mapToDouble(site -> flops(site, load)).sum();
    }

    /** An (IA)³ vector alone is no product; a mixture of them is a product of gates and vectors. */
    private double flops(Site site, Load load) {
        boolean bySentence =
                site.router().map(r -> r.input() == RouterInput.SENTENCE).orElse(false);
        boolean product = site.router().isPresent() || !(site.experts().adapter() instanceof Adapter.Ia3);
        double router = bySentence ? 0 : 2.0 * routerParameters(site);
        return router + (product ? 2 * load(site, load) * expert(site) : 0);
    }

    private long routerParameters(Site site) {
        return site.routerRows() == 0 ? 0 : (long) site.routerRows() * Layout.routerWidth(site, shape);
    }

    /** Parameters of one expert. */
    private static long expert(Site site) {
        return site.experts().adapter() instanceof Adapter.Ia3
                ? site.out()
                : (long) Layout.rank(site) * (site.in() + site.out());
    }

    /** True experts a token uses. */
    private double load(Site site, Load load) {
        int experts = site.experts().count();
        HostRouter host = hosts.get(site.key().layer());
        return host != null && followsHost(site)
                ? load.of(host.module(), routing(host))
                : site.router()
                        .map(router -> load.of(site.module(), new Routing(experts, router)))
                        .orElse((double) experts);
    }

    private static boolean followsHost(Site site) {
        return site.key().block() == BlockKind.MOE
                && switch (site.key().role()) {
                    case GATE, UP, DOWN -> true;
                    default ->
                        site.router()
                                .filter(router -> router.selection() instanceof Selection.Pretrained)
                                .isPresent();
                };
    }

    private static Routing routing(HostRouter host) {
        return new Routing(host.experts(), host.router());
    }

    private static long stateElements(Optimizer optimizer, List<Leaf> leaves) {
        if (optimizer instanceof Optimizer.Adafactor adafactor) {
            return leaves.stream()
                    .mapToLong(leaf -> secondMoment(leaf, adafactor.factoredFrom()))
                    .sum();
        }
        return 2 * leaves.stream().mapToLong(Leaf::elements).sum();
    }

    /** Rows and columns where it is factored, otherwise every element. */
    private static long secondMoment(Leaf leaf, int factoredFrom) {
        long rows = leaf.shape().get(0);
        long columns = leaf.elements() / rows; // 1 of a vector
        return Math.min(rows, columns) >= factoredFrom ? rows + columns : leaf.elements();
    }
}
