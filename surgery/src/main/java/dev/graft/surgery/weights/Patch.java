package dev.graft.surgery.weights;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DerivedCheckpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.Narrowing;
import dev.graft.checkpoint.Reuse;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import java.nio.file.Path;

/**
 * A checkpoint whose routers are widened by null experts and otherwise as it was: the null experts' rows are new tensors
 * in a shard of their own ({@code gate2} [m, d] beside {@code gate} [n, d]), the base's shards are linked.
 */
public final class Patch {
    private final InjectionPlan plan;
    private final Checkpoint base;
    private final NullRows drawn;
    private final RouterSettings settings;

    private Patch(InjectionPlan plan, Checkpoint base, NullRows drawn) {
        this.plan = plan;
        this.base = base;
        this.drawn = drawn;
        this.settings = new RouterSettings(plan);
    }

    /**
     * @param plan of a spec that adds null experts; its adapters are left to training
     * @throws GraftException {@code E_NOTHING_TO_PATCH}; {@code E_UNSTORABLE} for every router that a checkpoint can't hold
     */
    public static Patch of(InjectionPlan plan, Checkpoint base, NullRows drawn) {
        if (plan.hosts().stream().noneMatch(host -> host.added() > 0)) {
            throw new GraftException(
                    Issue.error(
                                    "E_NOTHING_TO_PATCH",
                                    "the surgery '" + plan.surgery().name()
                                            + "' adds no null experts to a pretrained router, and adapters start with nothing to write")
                            .withFix(
                                    "say layer.moe(moe -> moe.router(r -> r.nullExperts(8).topK(3))), or train the spec with graft run"));
        }
        Issues issues = new Issues();
        Patch patch = new Patch(plan, base, drawn);
        patch.settings.check(issues);
        issues.throwIfErrors();
        return patch;
    }

    /** Null experts that each router gets. */
    public int nulls() {
        return settings.nulls();
    }

    /** Routers that are widened. */
    public int routers() {
        return plan.hosts().size();
    }

    /** @throws GraftException see {@link DerivedCheckpoint#write} */
    public void write(Path out, IfExists ifExists, Reuse reuse) {
        DerivedCheckpoint patched = new DerivedCheckpoint(base)
                .addedShard("model-null-experts.safetensors")
                .card(Card.patched(plan, nulls()));
        settings.writeTo(patched);
        for (HostRouter host : plan.hosts()) {
            WidenedRouter router = new WidenedRouter(base, host, drawn);
            patched.add(router.nullModule() + Merge.WEIGHT, router.nullType(), router.nullShape(), channel -> {
                float[] rows = router.nullRows();
                AtomicFile.writeFully(channel, Narrowing.bytes(router.nullType(), rows, rows.length));
            });
        }
        patched.write(out, ifExists, reuse);
    }
}
