package dev.graft.surgery;

import dev.graft.dsl.Router;
import dev.graft.issue.CallSite;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Start;
import java.util.Optional;

/**
 * The pretrained router of a MoE block, as it runs after the surgery.
 *
 * @param layer whose MoE block it belongs to
 * @param module its name in the checkpoint, without {@code .weight}
 * @param experts n, the pretrained experts
 * @param router what it decides, with the balance loss that is in force; its init says how added null rows start
 * @param added null experts that the surgery adds: the rows of {@code gate2}
 * @param learning how its rows learn; empty where they are frozen
 * @param start whether the block gives the base's output before training
 * @param at the user's line that changes it; empty where it is as pretrained
 */
public record HostRouter(
        int layer,
        String module,
        int experts,
        Router router,
        int added,
        Optional<RouterLearning> learning,
        Start start,
        Optional<CallSite> at) {

    /** True experts per token where all n + m are selected equally often. */
    public double balancedLoad() {
        return new Routing(experts, router).balancedLoad();
    }

    /** Whether a checkpoint can hold it as it runs. */
    public Site.Merging merging() {
        return Fate.merging(router);
    }

    /** What the routers of many layers have in common. */
    HostRouter anywhere() {
        return new HostRouter(0, "", experts, router, added, learning, start, at);
    }
}
