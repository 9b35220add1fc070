package dev.graft.surgery.weights;

import dev.graft.surgery.InjectionPlan;

/** The README.md of a written checkpoint: what it is, and where it runs. */
final class Card {
    private Card() {}

    static String patched(InjectionPlan plan, int nulls) {
        return title(plan) + "A " + model(plan) + " whose routers Graft has widened by " + nulls
                + " null experts each (AdaMoE, arXiv 2406.13233). Nothing is trained yet: the null experts' rows are new, all"
                + " other tensors are the base's, in files that may be links to the base's own.\n\n"
                + onlyInGraft(plan, nulls) + plan(plan);
    }

    static String merged(InjectionPlan plan, int nulls) {
        return title(plan) + "A " + model(plan)
                + (plan.weights().isEmpty()
                        ? " into which Graft has folded a trained adapter."
                        : " whose weights Graft has trained.")
                + " Files without a changed tensor may be links to the base's own.\n\n"
                + (nulls > 0
                        ? onlyInGraft(plan, nulls)
                        : "## Where it runs\n\nWherever its base does: in Graft and in transformers. It needs no adapter.\n\n")
                + plan(plan);
    }

    private static String title(InjectionPlan plan) {
        return "# " + plan.surgery().name() + "\n\n";
    }

    private static String model(InjectionPlan plan) {
        var shape = plan.base().shape();
        return shape.modelType() + " of " + shape.layers() + " layers and hidden size " + shape.hiddenSize();
    }

    private static String onlyInGraft(InjectionPlan plan, int nulls) {
        int experts = plan.base().shape().experts().experts();
        return "## Where it runs\n\nOnly in Graft. `graft_null_experts` in config.json says that each router scores "
                + experts + " true and " + nulls
                + " null experts, and that a token's weights are divided by the sum over its selected true ones. transformers"
                + " knows no null experts and divides by the sum over all that are selected: there this checkpoint fails to"
                + " load, or is silently another model. Do not load it there.\n\n";
    }

    private static String plan(InjectionPlan plan) {
        return "## Surgery\n\n" + plan.explain().indent(4);
    }
}
