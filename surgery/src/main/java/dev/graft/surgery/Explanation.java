package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.LayerIndexes;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Stack;
import dev.graft.issue.Issue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A plan as text: layers of equal structure once, what sites have in common once, the budget, the notes. */
final class Explanation {
    private final InjectionPlan plan;
    private final List<Treatment> treatments;
    private final StringBuilder text = new StringBuilder();

    private Explanation(InjectionPlan plan) {
        this.plan = plan;
        this.treatments = Treatment.all(plan.groups());
    }

    static String of(InjectionPlan plan) {
        return new Explanation(plan).text();
    }

    private String text() {
        line(0, "surgery " + plan.surgery().name());
        line(1, "base: " + base(plan.base()));
        for (Stack stack : List.of(Stack.ENCODER, Stack.DECODER)) {
            String of =
                    plan.base().shape().encoder().isEmpty() ? "" : stack.name().toLowerCase(Locale.ROOT) + " ";
            layers(stack).forEach((structure, layers) -> {
                line(1, of + (layers.size() == 1 ? "layer " : "layers ") + LayerIndexes.text(layers));
                structure.forEach(row -> line(2, row));
            });
        }
        plan.surgery()
                .everything()
                .ifPresent(at -> line(
                        1,
                        "trains all " + plan.weights().size()
                                + " pretrained tensors themselves, in fp32 from their values in the checkpoint, at "
                                + at));
        for (int i = 0; i < treatments.size(); i++) {
            line(1, label(i) + " at " + treatments.get(i).at());
            Words.facts(treatments.get(i)).forEach((about, fact) -> line(2, about + ": " + fact));
        }
        hosts();
        pools(plan.balancePools());
        budget(plan.budget());
        plan.notes().forEach(this::note);
        line(1, "model " + plan.modelHash());
        line(1, "plan " + plan.planHash());
        return text.toString();
    }

    /** The pretrained routers, equal ones once. */
    private void hosts() {
        Map<HostRouter, List<Integer>> layers = new LinkedHashMap<>();
        plan.hosts()
                .forEach(host -> layers.computeIfAbsent(host.anywhere(), key -> new ArrayList<>())
                        .add(host.layer()));
        layers.forEach((host, indexes) -> {
            line(
                    1,
                    "pretrained router of " + (indexes.size() == 1 ? "layer " : "layers ") + LayerIndexes.text(indexes)
                            + host.at().map(at -> " at " + at).orElse(""));
            Words.facts(host, plan.base().shape().experts()).forEach((about, fact) -> line(2, about + ": " + fact));
        });
    }

    /** Layers by what they look like, in the order of their first. */
    private Map<List<String>, List<Integer>> layers(Stack stack) {
        Map<Integer, List<SiteGroup>> byLayer = new TreeMap<>();
        plan.groups().stream()
                .filter(group -> group.first().key().stack() == stack)
                .forEach(group -> byLayer.computeIfAbsent(group.first().key().layer(), key -> new ArrayList<>())
                        .add(group));
        Map<List<String>, List<Integer>> folded = new LinkedHashMap<>();
        byLayer.forEach((layer, groups) -> folded.computeIfAbsent(aligned(groups), key -> new ArrayList<>())
                .add(layer));
        return folded;
    }

    /** One row a group, or several where its sites are treated differently; columns of equal width. */
    private List<String> aligned(List<SiteGroup> groups) {
        List<Row> rows = new ArrayList<>();
        for (SiteGroup group : groups) {
            Map<Treatment, List<Site>> byTreatment = group.sites().stream()
                    .collect(Collectors.groupingBy(Treatment::of, LinkedHashMap::new, Collectors.toList()));
            byTreatment.forEach((treatment, sites) -> rows.add(row(treatment, sites)));
        }
        int names = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        int shapes = rows.stream().mapToInt(row -> row.shape().length()).max().orElse(0);
        String format = "%-" + names + "s  %-" + shapes + "s  %s";
        return rows.stream()
                .map(row -> String.format(Locale.ROOT, format, row.name(), row.shape(), row.treatment()))
                .toList();
    }

    private Row row(Treatment treatment, List<Site> sites) {
        Site first = sites.get(0);
        String roles = Words.roles(sites.stream().map(site -> site.key().role()).toList());
        String out = sites.stream().map(site -> "" + site.out()).collect(Collectors.joining(", "));
        return new Row(
                first.key().block().word() + " " + roles + insideExperts(first),
                first.in() + " -> " + out,
                label(treatments.indexOf(treatment)));
    }

    private static String insideExperts(Site site) {
        return site.module().contains(Architecture.MoeNames.EXPERT)
                ? " of each of " + site.experts().count() + " experts"
                : "";
    }

    private static String label(int index) {
        return "[" + (index + 1) + "]";
    }

    private static String base(BaseModel base) {
        ModelShape shape = base.shape();
        return shape.modelType() + ", "
                + (shape.encoder().isPresent() ? shape.encoderLayers() + " + " : "") + shape.layers()
                + " layers, hidden " + shape.hiddenSize() + ", "
                + shape.heads() + " heads (" + shape.keyValueHeads() + " key/value) of " + shape.headDim() + ", "
                + feedForward(shape) + ", vocabulary " + shape.vocabulary() + (shape.tiedHead() ? " (tied)" : "") + ", "
                + base.dtype();
    }

    private static String feedForward(ModelShape shape) {
        String ffn = "ffn " + shape.ffnSize();
        return shape.moe()
                .map(moe -> moe.experts() + " experts of " + moe.expertSize() + " top-" + moe.topK()
                        + (moe.nulls() > 0 ? " with " + moe.nulls() + " null experts" : "")
                        + (moe.sharedSize().isPresent()
                                ? " and a shared one of " + moe.sharedSize().getAsInt()
                                : "")
                        + (moe.layers().size() < shape.layers()
                                ? " in layers " + LayerIndexes.text(moe.layers()) + ", else " + ffn
                                : ""))
                .orElse(ffn);
    }

    /** Told where routers that might be thought to share a balance loss do not. */
    private void pools(List<BalancePool> pools) {
        long single = pools.stream().filter(pool -> pool.layer().isEmpty()).count();
        if (single > 1) {
            line(1, "balance pools over all layers, summed");
            pools.stream().filter(pool -> pool.layer().isEmpty()).forEach(this::pool);
        }
    }

    private void pool(BalancePool pool) {
        String rows = pool.bySentence() ? ", one row a sequence" : "";
        line(
                2,
                pool.experts() + " true + " + pool.nulls() + " null experts" + rows + ", coefficient "
                        + Words.schedule(pool.balance().coefficient()) + ": "
                        + pool.sites().size() + " sites");
    }

    private void budget(Budget budget) {
        line(1, "budget");
        line(2, budget.line());
        line(2, String.format(Locale.ROOT, "activated params per token: %,d", budget.activated()));
        line(
                2,
                String.format(
                        Locale.ROOT,
                        "FLOPs per token: base %,d, balanced %,d (%+.2f%%), worst %,d (%+.2f%%), attention scores left out",
                        budget.baseFlops(),
                        budget.balancedFlops(),
                        more(budget.balancedFlops(), budget.baseFlops()),
                        budget.worstFlops(),
                        more(budget.worstFlops(), budget.baseFlops())));
        line(
                2,
                String.format(
                        Locale.ROOT,
                        "bytes: %,d = weights %,d + adapter %,d + gradients %,d + optimizer %,d, activations left out",
                        budget.bytes(),
                        budget.weightBytes(),
                        budget.adapterBytes(),
                        budget.gradientBytes(),
                        budget.optimizerBytes()));
    }

    private static double more(long flops, long base) {
        return 100.0 * (flops - base) / base;
    }

    private void note(Issue note) {
        line(
                1,
                "[" + note.code() + "] " + note.message()
                        + note.at().map(at -> " at " + at).orElse(""));
    }

    private void line(int depth, String content) {
        text.append("  ".repeat(depth)).append(content).append('\n');
    }

    private record Row(String name, String shape, String treatment) {}
}
