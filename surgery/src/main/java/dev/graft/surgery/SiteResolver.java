package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.LayerIndexes;
import dev.graft.catalog.ModelShape;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.Stack;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns the sentences of a spec into sites of one model, and reports everything they name that it does not have. */
final class SiteResolver {
    private final Architecture architecture;
    private final ModelShape shape;
    private final Checkpoint checkpoint;
    private final Issues issues;
    private final Map<SiteKey, Site> sites = new TreeMap<>(SiteKey.ORDER);

    SiteResolver(Architecture architecture, ModelShape shape, Checkpoint checkpoint, Issues issues) {
        this.architecture = architecture;
        this.shape = shape;
        this.checkpoint = checkpoint;
        this.issues = issues;
    }

    /** Adds the sites of a sentence; {@code router} is its router as it will run. */
    void add(Injection injection, Optional<Router> router) {
        List<Integer> layers = new LayerRanges(shape.layers(), issues).select(injection.layers(), injection.at());
        Map<Role, String> modules = modules(injection);
        Map<Taken, List<Integer>> taken = new LinkedHashMap<>();
        for (Role role : injection.roles()) {
            if (modules.containsKey(role) && fits(role, injection, router)) {
                for (int layer : layers) {
                    Site site = site(injection, router, layer, role);
                    Site first = sites.putIfAbsent(site.key(), site);
                    if (first != null) {
                        taken.computeIfAbsent(new Taken(role, first.at()), key -> new ArrayList<>())
                                .add(layer);
                    }
                }
            }
        }
        taken.forEach((key, twice) -> issues.add(Issue.error(
                        "E_TWICE",
                        injection.block().word() + " " + Words.role(key.role()) + " of layers "
                                + LayerIndexes.text(twice) + " is adapted already, at " + key.at())
                .withFix("take these layers or this role out of one of the two")
                .at(injection.at())));
    }

    /** In the order of stack, layer, block and role. */
    List<Site> all() {
        return List.copyOf(sites.values());
    }

    private Map<Role, String> modules(Injection injection) {
        if (injection.stack() != Stack.DECODER) {
            report(
                    injection,
                    "E_STACK",
                    shape.modelType() + " has no encoder",
                    "leave the stack out: it is the decoder");
            return Map.of();
        }
        Map<BlockKind, Architecture.BlockNames> blocks = architecture.blocks();
        Architecture.BlockNames names = blocks.get(injection.block());
        if (names == null) {
            String has = String.join(
                    ", ", blocks.keySet().stream().map(BlockKind::word).toList());
            report(
                    injection,
                    "E_ROLE",
                    shape.modelType() + " has no " + injection.block().word() + ": its layers have " + has,
                    "name sites in one of these blocks");
            return Map.of();
        }
        Map<Role, String> found = new EnumMap<>(Role.class);
        for (Role role : injection.roles()) {
            String module = names.modules().get(role);
            if (module == null) {
                report(
                        injection,
                        "E_ROLE",
                        Words.role(role) + " is not in "
                                + injection.block().word() + " of " + shape.modelType() + ", which has "
                                + Words.roles(names.modules().keySet()),
                        elsewhere(role));
            } else {
                found.put(role, module);
            }
        }
        return found;
    }

    private String elsewhere(Role role) {
        return architecture.blocks().entrySet().stream()
                .filter(block -> block.getValue().modules().containsKey(role))
                .map(block -> Words.role(role) + " is in " + block.getKey().word() + ": layer."
                        + block.getKey().word() + "(block -> block.on(" + role + ")...)")
                .findFirst()
                .orElse("no block of " + shape.modelType() + " has it");
    }

    /** Whether experts and nulls fit the role's widths; reports what does not. */
    private boolean fits(Role role, Injection injection, Optional<Router> router) {
        int in = shape.in(role);
        int out = shape.out(role);
        String where = injection.block().word() + " " + Words.role(role) + " (" + in + " to " + out + ")";
        Adapter adapter = injection.experts().adapter();
        if (adapter instanceof Adapter.Parallel) {
            report(
                    injection,
                    "E_ROLE",
                    "a parallel adapter cannot sit at " + where + ": it has its place beside a MoE block",
                    "use lora(rank)");
            return false;
        }
        if (role == Role.HIDDEN && !(adapter instanceof Adapter.Ia3)) {
            report(
                    injection,
                    "E_ROLE",
                    "hidden has no weight, so it takes (IA)3 vectors and no LoRA",
                    "name gate, up or down for a LoRA");
            return false;
        }
        if (adapter instanceof Adapter.Lora lora && lora.rank() > Math.min(in, out)) {
            report(
                    injection,
                    "E_PARAM",
                    "rank " + lora.rank() + " at " + where + " is more than the smaller of its widths",
                    "at most " + Math.min(in, out) + "; a useful rank is far below");
        }
        boolean identity = router.map(Router::nulls)
                .filter(nulls -> nulls.count() > 0 && nulls.kind() == NullExperts.Kind.IDENTITY)
                .isPresent();
        if (identity && in != out) {
            report(
                    injection,
                    "E_IDENTITY_SHAPE",
                    "identity nulls at " + where + " would add an input of width " + in + " to an output of width "
                            + out,
                    "use nullExperts(m), or name sites of equal widths only");
        }
        return true;
    }

    private Site site(Injection injection, Optional<Router> router, int layer, Role role) {
        SiteKey key = new SiteKey(injection.stack(), layer, injection.block(), role);
        Experts experts = injection.experts();
        return new Site(
                key,
                architecture.module(layer, injection.block(), role),
                shape.in(role),
                shape.out(role),
                dtype(layer, injection.block(), role),
                injection.stack(),
                experts,
                router,
                router.map(value -> Learning.of(new Routing(experts.count(), value))),
                Fate.start(experts, router),
                Fate.merging(experts, router),
                injection.at());
    }

    /** Of the frozen weight; the hidden state has the type of the weight that reads it. */
    private DType dtype(int layer, BlockKind block, Role role) {
        Role weight = role == Role.HIDDEN ? Role.DOWN : role;
        return checkpoint
                .tensor(architecture.module(layer, block, weight) + ".weight")
                .dtype();
    }

    private void report(Injection injection, String code, String message, String fix) {
        issues.add(Issue.error(code, message).withFix(fix).at(injection.at()));
    }

    private record Taken(Role role, CallSite at) {}
}
