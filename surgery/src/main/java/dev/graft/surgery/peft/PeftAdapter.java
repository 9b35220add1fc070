package dev.graft.surgery.peft;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.ExpectedTensors;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Surgery;
import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteKey;
import dev.graft.surgery.Surgeon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** A plain LoRA or (IA)³ adapter in PEFT's format, read as one of Graft's: the spec that it stands for, its plan and its tensors. */
public final class PeftAdapter {
    private final SafetensorsFile file;
    private final InjectionPlan plan;
    private final Map<String, Supplier<float[]>> tensors = new HashMap<>();

    private PeftAdapter(SafetensorsFile file, InjectionPlan plan) {
        this.file = file;
        this.plan = plan;
    }

    /** Whether this is a folder that PEFT wrote, or one of its files. */
    public static boolean isAt(Path path) {
        return Files.isRegularFile(folder(path).resolve(PeftNames.CONFIG));
    }

    /**
     * Reads configuration and headers, and holds them against the base.
     *
     * @param path the folder or one of its files
     * @throws GraftException {@code E_PEFT} for what Graft can't express, {@code E_ADAPTER} for what does not fit the base,
     *     {@code E_NONFINITE}; each with every place
     */
    public static PeftAdapter open(Path path, Checkpoint base) {
        PeftConfig config = PeftConfigReader.read(folder(path).resolve(PeftNames.CONFIG));
        SafetensorsFile file = tensors(folder(path));
        BaseModules modules = BaseModules.of(base);
        Map<SiteKey, Adapter> sites = new AdaptedModules(config, file, modules).read();
        new ExpectedTensors(Map.of()).requireFinite(file);
        String name = "peft-" + config.kind().name().toLowerCase(Locale.ROOT);
        Surgery surgery = new DerivedSurgery(modules.shape(), new CallSite(PeftNames.CONFIG, 1)).of(name, sites);
        PeftAdapter adapter = new PeftAdapter(file, Surgeon.plan(surgery, base));
        adapter.plan.sites().forEach(site -> adapter.add(site, modules.name(site.key())));
        return adapter;
    }

    private static Path folder(Path path) {
        return Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling("");
    }

    private static SafetensorsFile tensors(Path folder) {
        if (!Files.exists(folder.resolve(PeftNames.TENSORS)) && Files.exists(folder.resolve("adapter_model.bin"))) {
            throw new GraftException(Issue.error(
                            "E_FORMAT", folder + ": the tensors are in adapter_model.bin, a pickle, which can run code")
                    .withFix("save it again with PEFT's save_pretrained(..., safe_serialization=True)"));
        }
        return SafetensorsFile.open(folder.resolve(PeftNames.TENSORS));
    }

    private void add(Site site, String module) {
        String prefix = PeftNames.PREFIX + module;
        if (site.experts().adapter() instanceof Adapter.Lora lora) {
            tensors.put(site.module() + ".lora_A", () -> file.floats(prefix + PeftNames.A));
            tensors.put(
                    site.module() + ".lora_B",
                    () -> Transposition.of(file.floats(prefix + PeftNames.B), site.out(), lora.rank()));
        } else {
            tensors.put(site.module() + ".ia3", () -> file.floats(prefix + PeftNames.VECTOR));
        }
    }

    /** The plan of the spec that says what the adapter is. */
    public InjectionPlan plan() {
        return plan;
    }

    /**
     * The elements of a tensor of the plan, row-major.
     *
     * @param tensor its name there, see {@link Leaf.Piece#tensor}
     */
    public float[] floats(String tensor) {
        Supplier<float[]> values = tensors.get(tensor);
        if (values == null) {
            throw new IllegalArgumentException(tensor + " is not in the plan");
        }
        return values.get();
    }
}
