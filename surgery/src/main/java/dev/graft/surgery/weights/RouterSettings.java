package dev.graft.surgery.weights;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.Catalog;
import dev.graft.catalog.LayerIndexes;
import dev.graft.catalog.ModelShape;
import dev.graft.catalog.ShapeReader;
import dev.graft.checkpoint.DerivedCheckpoint;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Router;
import dev.graft.dsl.Selection;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What config.json says of the pretrained routers after a surgery: one top-k, one number of null experts for all layers. */
final class RouterSettings {
    private static final String FIX = "keep base and adapter apart, or change the spec";

    private final InjectionPlan plan;

    RouterSettings(InjectionPlan plan) {
        this.plan = plan;
    }

    /** Adds why routers can't be stored as they run, all of them. */
    void check(Issues issues) {
        Map<String, List<Integer>> reasons = new LinkedHashMap<>();
        Map<Decision, List<Integer>> kinds = new LinkedHashMap<>();
        for (HostRouter host : plan.hosts()) {
            if (!host.merging().possible()) {
                add(reasons, host.merging().why(), host);
            } else if (isNormalisedAnew(host.router()) && key().isEmpty()) {
                add(reasons, "its weights are normalised otherwise, for which config.json has no key", host);
            }
            add(kinds, Decision.of(host.router()), host);
        }
        reasons.forEach((why, layers) ->
                issues.add(Issue.error("E_UNSTORABLE", "the router of layers " + LayerIndexes.text(layers) + ": " + why)
                        .withFix(FIX)));
        if (kinds.size() > 1) {
            List<String> groups =
                    kinds.values().stream().map(LayerIndexes::text).toList();
            issues.add(Issue.error(
                            "E_UNSTORABLE",
                            "the routers of layers " + String.join(" and of layers ", groups)
                                    + " decide differently: config.json has one top-k and one number of null experts for all")
                    .withFix("treat the routers of all layers alike, or keep base and adapter apart"));
        }
    }

    private static <K> void add(Map<K, List<Integer>> layers, K key, HostRouter host) {
        layers.computeIfAbsent(key, first -> new ArrayList<>()).add(host.layer());
    }

    /** Writes what differs from the base. */
    void writeTo(DerivedCheckpoint checkpoint) {
        if (plan.hosts().isEmpty()) {
            return;
        }
        Router router = plan.hosts().get(0).router();
        ModelShape.Moe base = plan.base().shape().experts();
        int topK = ((Selection.TopK) router.selection()).k();
        if (topK != base.topK()) {
            checkpoint.config(keys().topK(), topK);
        }
        if (router.nulls().count() > 0) {
            checkpoint.config(ShapeReader.NULL_EXPERTS, router.nulls().count());
        } else if (isNormalisedAnew(router)) {
            checkpoint.config(key().orElseThrow(), router.normalisation() != Normalisation.NONE);
        }
    }

    /** Null experts of every router after the surgery. */
    int nulls() {
        return plan.hosts().stream()
                .mapToInt(host -> host.router().nulls().count())
                .max()
                .orElse(0);
    }

    private Architecture.MoeKeys keys() {
        String modelType = plan.base().shape().modelType();
        return Catalog.standard().architecture(modelType).moe().orElseThrow().config();
    }

    private Optional<String> key() {
        return keys().normalised();
    }

    /** With null experts the normalisation follows from them. */
    private boolean isNormalisedAnew(Router router) {
        return router.nulls().count() == 0
                && (router.normalisation() != Normalisation.NONE)
                        != plan.base().shape().experts().normalised();
    }

    /** What config.json can say of a router. */
    private record Decision(Selection selection, int nulls, boolean normalised) {
        static Decision of(Router router) {
            return new Decision(
                    router.selection(), router.nulls().count(), router.normalisation() != Normalisation.NONE);
        }
    }
}
