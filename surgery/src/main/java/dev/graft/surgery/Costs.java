package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import java.util.List;

/** Counts what a plan costs. */
final class Costs {
    private static final int FP32 = 4;

    private Costs() {}

    static Budget of(Surgery surgery, BaseModel base, Architecture architecture, List<SiteGroup> groups) {
        Training training = surgery.training();
        List<Leaf> leaves =
                groups.stream().flatMap(group -> group.leaves().stream()).toList();
        List<Site> sites =
                groups.stream().flatMap(group -> group.sites().stream()).toList();
        long trainable = leaves.stream().mapToLong(Leaf::elements).sum();
        int width = training.precision() == Training.Precision.BF16 ? 2 : FP32;
        long flops = baseFlops(architecture, base.shape());
        ModelShape shape = base.shape();
        return new Budget(
                trainable,
                Math.round(sites.stream()
                        .mapToDouble(site -> routerParameters(site, shape) + load(site, true) * expert(site))
                        .sum()),
                base.parameters(),
                base.parameters() * width,
                trainable * FP32,
                trainable * FP32,
                stateElements(training.optimizer(), leaves) * FP32,
                flops,
                flops
                        + Math.round(sites.stream()
                                .mapToDouble(site -> flops(site, shape, true))
                                .sum()),
                flops
                        + Math.round(sites.stream()
                                .mapToDouble(site -> flops(site, shape, false))
                                .sum()));
    }

    /** Two a multiply-add, over the layers' projections and the LM head. */
    private static long baseFlops(Architecture architecture, ModelShape shape) {
        long layer = architecture.blocks().values().stream()
                .flatMap(block -> block.projections().keySet().stream())
                .mapToLong(role -> (long) shape.in(role) * shape.out(role))
                .sum();
        return 2 * (layer * shape.layers() + (long) shape.vocabulary() * shape.hiddenSize());
    }

    /** An (IA)³ vector alone is no product; a mixture of them is a product of gates and vectors. */
    private static double flops(Site site, ModelShape shape, boolean balanced) {
        boolean bySentence =
                site.router().map(r -> r.input() == RouterInput.SENTENCE).orElse(false);
        boolean product = site.router().isPresent() || !(site.experts().adapter() instanceof Adapter.Ia3);
        double router = bySentence ? 0 : 2.0 * routerParameters(site, shape);
        return router + (product ? 2 * load(site, balanced) * expert(site) : 0);
    }

    private static long routerParameters(Site site, ModelShape shape) {
        return site.router().isEmpty() ? 0 : (long) site.routerRows() * Layout.routerWidth(site, shape);
    }

    /** Parameters of one expert. */
    private static long expert(Site site) {
        return site.experts().adapter() instanceof Adapter.Lora lora
                ? (long) lora.rank() * (site.in() + site.out())
                : site.out();
    }

    /** True experts a token uses. */
    private static double load(Site site, boolean balanced) {
        int experts = site.experts().count();
        return site.router()
                .map(router -> new Routing(experts, router))
                .map(routing -> balanced ? routing.balancedLoad() : routing.worstLoad())
                .orElse((double) experts);
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
        long columns = leaf.shape().get(1);
        return Math.min(rows, columns) >= factoredFrom ? rows + columns : leaf.elements();
    }
}
