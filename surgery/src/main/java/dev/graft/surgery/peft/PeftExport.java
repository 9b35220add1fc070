package dev.graft.surgery.peft;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.issue.GraftException;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A plain LoRA or (IA)³ adapter of Graft in PEFT's format. */
public final class PeftExport {
    private final InjectionPlan plan;
    private final Checkpoint base;
    private final SafetensorsFile adapter;
    private final BaseModules modules;

    private PeftExport(InjectionPlan plan, Checkpoint base, SafetensorsFile adapter) {
        this.plan = plan;
        this.base = base;
        this.adapter = adapter;
        this.modules = BaseModules.of(plan.base().shape());
    }

    /**
     * @param plan of the adapter's own spec on its own base; that the two are those of the training is the caller's check
     * @throws GraftException {@code E_UNEXPORTABLE} for every site and router that PEFT can't express; {@code E_ADAPTER}
     *     and {@code E_NONFINITE} for an adapter that can't be used
     */
    public static PeftExport of(InjectionPlan plan, Checkpoint base, SafetensorsFile adapter) {
        ExportRules.check(plan);
        plan.tensors().requireIn(adapter);
        plan.tensors().requireFinite(adapter);
        return new PeftExport(plan, base, adapter);
    }

    /** Modules that are adapted. */
    public int modules() {
        return plan.sites().size();
    }

    /**
     * Writes {@code adapter_config.json} and {@code adapter_model.safetensors}.
     *
     * @param folder that is there
     * @param baseName what the configuration calls the base
     */
    public void write(Path folder, Optional<String> baseName) {
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        plan.sites().forEach(site -> add(writer, site));
        writer.write(folder.resolve(PeftNames.TENSORS), IfExists.REFUSE);
        String config = new PeftConfigWriter(plan, base, modules).json(baseName);
        AtomicFile.write(folder.resolve(PeftNames.CONFIG), IfExists.REFUSE, config);
    }

    private void add(SafetensorsWriter writer, Site site) {
        String prefix = PeftNames.PREFIX + modules.name(site.key());
        long in = site.in();
        long out = site.out();
        if (site.experts().adapter() instanceof Adapter.Lora lora) {
            long rank = lora.rank();
            float[] b = adapter.floats(site.module() + ".lora_B");
            writer.floats(prefix + PeftNames.A, List.of(rank, in), adapter.floats(site.module() + ".lora_A"));
            writer.floats(prefix + PeftNames.B, List.of(out, rank), Transposition.of(b, lora.rank(), site.out()));
        } else {
            List<Long> shape = site.key().role() == Role.HIDDEN ? List.of(1L, out) : List.of(out, 1L);
            writer.floats(prefix + PeftNames.VECTOR, shape, adapter.floats(site.module() + ".ia3"));
        }
    }
}
