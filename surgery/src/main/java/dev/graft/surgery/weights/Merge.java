package dev.graft.surgery.weights;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.Catalog;
import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DerivedCheckpoint;
import dev.graft.checkpoint.ExpectedTensors;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.checkpoint.Reuse;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteFindings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A checkpoint with a trained adapter folded into its weights: LoRA W + (alpha/r) B A, expert by expert in MoE blocks;
 * (IA)³ vectors into rows or columns; a router and its null experts' rows into one [n+m, d]; weights that were trained
 * themselves in their own place. Folded in fp32, rounded once
 * to the stored type. Only shards with a changed tensor are written.
 */
public final class Merge {
    static final String WEIGHT = ".weight";

    private final InjectionPlan plan;
    private final Checkpoint base;
    private final SafetensorsFile adapter;
    private final NullRows drawn;
    private final RouterSettings settings;
    private final Map<String, List<Supplier<Fold>>> folds = new LinkedHashMap<>();

    private Merge(InjectionPlan plan, Checkpoint base, SafetensorsFile adapter, NullRows drawn) {
        this.plan = plan;
        this.base = base;
        this.adapter = adapter;
        this.drawn = drawn;
        this.settings = new RouterSettings(plan);
    }

    /**
     * @param plan of the adapter's own spec on its own base; that the two are those of the training is the caller's check
     * @throws GraftException {@code E_UNMERGEABLE} and {@code E_UNSTORABLE} for every site and router that can't be folded;
     *     {@code E_ADAPTER} and {@code E_NONFINITE} for an adapter that can't be used
     */
    public static Merge of(InjectionPlan plan, Checkpoint base, SafetensorsFile adapter, NullRows drawn) {
        Merge merge = new Merge(plan, base, adapter, drawn);
        merge.checkSites();
        ExpectedTensors expected = plan.tensors();
        expected.requireIn(adapter);
        expected.requireFinite(adapter);
        merge.plan.sites().forEach(merge::fold);
        merge.plan.weights().forEach(merge::replace);
        return merge;
    }

    private void checkSites() {
        Issues issues = new Issues();
        SiteFindings findings = new SiteFindings();
        for (Site site : plan.sites()) {
            if (!site.merging().possible() && !isRouter(site)) {
                findings.add(site, site.merging().why());
            }
        }
        findings.report(
                issues,
                (where, why) -> Issue.error("E_UNMERGEABLE", where + " can't be folded into its weight: " + why)
                        .withFix("keep base and adapter apart: every command takes --adapter"));
        settings.check(issues);
        issues.throwIfErrors();
    }

    private static boolean isRouter(Site site) {
        return site.key().role() == Role.ROUTER || site.key().role() == Role.NULL_ROUTER;
    }

    /** The tensors that are not the base's. */
    public List<String> changed() {
        List<String> names = new ArrayList<>(folds.keySet());
        if (settings.nulls() > 0) {
            plan.hosts().forEach(host -> names.add(host.module() + WEIGHT));
        }
        return names.stream()
                .filter(name -> base.find(name).isPresent())
                .distinct()
                .toList();
    }

    /** @throws GraftException see {@link DerivedCheckpoint#write}; {@code E_NONFINITE} for what does not fit its type */
    public void write(Path out, IfExists ifExists, Reuse reuse) {
        OutputFolder.requireApart(out, adapter.path());
        DerivedCheckpoint merged = new DerivedCheckpoint(base).card(Card.merged(plan, settings.nulls()));
        settings.writeTo(merged);
        Map<String, List<Supplier<Fold>>> rest = new LinkedHashMap<>(folds);
        if (settings.nulls() > 0) {
            plan.hosts().forEach(host -> widen(merged, host, rest));
        }
        rest.forEach((name, own) -> {
            TensorInfo tensor = base.tensor(name);
            merged.change(name, tensor.dtype(), tensor.shape(), new FoldedTensor(base.shardOf(tensor), tensor, own));
        });
        merged.write(out, ifExists, reuse);
    }

    /** One router [n+m, d] in place of gate and gate2. */
    private void widen(DerivedCheckpoint merged, HostRouter host, Map<String, List<Supplier<Fold>>> rest) {
        WidenedRouter router = new WidenedRouter(base, host, drawn);
        TensorInfo gate = router.gate();
        List<Supplier<Fold>> trueFolds =
                Optional.ofNullable(rest.remove(gate.name())).orElse(List.of());
        List<Supplier<Fold>> nullFolds =
                Optional.ofNullable(rest.remove(router.nullModule() + WEIGHT)).orElse(List.of());
        int width = Math.toIntExact(gate.shape().get(1));
        merged.change(
                gate.name(), gate.dtype(), List.of((long) host.experts() + router.nulls(), (long) width), channel -> {
                    float[] trueRows = router.trueRows();
                    trueFolds.forEach(fold -> fold.get().apply(trueRows, 0, host.experts(), width));
                    AtomicFile.writeFully(channel, FoldedTensor.rounded(gate.name(), gate.dtype(), trueRows));
                    float[] nullRows = router.nullRows();
                    nullFolds.forEach(fold -> fold.get().apply(nullRows, 0, router.nulls(), width));
                    AtomicFile.writeFully(channel, FoldedTensor.rounded(gate.name(), gate.dtype(), nullRows));
                });
        router.storedNulls().ifPresent(rows -> merged.drop(rows.name()));
    }

    private void fold(Site site) {
        if (site.experts().adapter() instanceof Adapter.Lora lora) {
            for (int e = 0; e < site.experts().count(); e++) {
                int expert = e;
                String module = site.module().replace(Architecture.MoeNames.EXPERT, Integer.toString(e));
                add(module + WEIGHT, () -> lowRank(site, lora, expert));
            }
        } else if (site.experts().adapter() instanceof Adapter.Ia3) {
            if (site.key().role() == Role.HIDDEN) {
                add(down(site) + WEIGHT, () -> new Fold.ScaledColumns(adapter.floats(site.module() + ".ia3")));
            } else {
                Supplier<Fold> rows = () -> new Fold.ScaledRows(adapter.floats(site.module() + ".ia3"));
                add(site.module() + WEIGHT, rows);
                base.find(site.module() + ".bias").ifPresent(bias -> add(bias.name(), rows));
            }
        }
    }

    private void replace(Leaf weight) {
        String tensor = weight.pieces().get(0).tensor();
        add(tensor, () -> new Fold.Replaced(adapter.floats(tensor)));
    }

    private void add(String tensor, Supplier<Fold> fold) {
        folds.computeIfAbsent(tensor, name -> new ArrayList<>()).add(fold);
    }

    /** The module that reads the hidden state; its site, if it has one, comes before that of the hidden state. */
    private String down(Site hidden) {
        return Catalog.standard()
                .architecture(plan.base().shape().modelType())
                .module(hidden.key().stack(), hidden.key().layer(), hidden.key().block(), Role.DOWN);
    }

    private Fold lowRank(Site site, Adapter.Lora lora, int expert) {
        return new Fold.LowRank(
                slice(site.module() + ".lora_A", expert),
                slice(site.module() + ".lora_B", expert),
                lora.rank(),
                lora.scale());
    }

    /** One expert's [r, width] of a tensor [n, r, width]. */
    private float[] slice(String tensor, int expert) {
        List<Long> shape = adapter.tensor(tensor).shape();
        int elements = Math.toIntExact(shape.get(1) * shape.get(2));
        return adapter.floats(tensor, (long) expert * elements, elements);
    }
}
