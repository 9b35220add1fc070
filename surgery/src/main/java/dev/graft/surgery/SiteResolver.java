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
import dev.graft.dsl.RouterInput;
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
import java.util.stream.Collectors;

/** Turns the sentences of a spec into sites of one model, and reports everything they name that it does not have. */
final class SiteResolver {
    private final Architecture architecture;
    private final ModelShape shape;
    private final Checkpoint checkpoint;
    private final Issues issues;
    private final Map<SiteKey, Site> sites = new TreeMap<>(SiteKey.ORDER);
    private final HostRouters hosts;

    SiteResolver(Architecture architecture, ModelShape shape, Checkpoint checkpoint, Issues issues) {
        this.architecture = architecture;
        this.shape = shape;
        this.checkpoint = checkpoint;
        this.issues = issues;
        this.hosts = new HostRouters(architecture, shape);
    }

    /** Adds the sites of a sentence; {@code router} is its router as it will run. */
    void add(Injection written, Optional<Router> router) {
        if (!hasStack(written)) {
            return;
        }
        Injection injection = written.stack() == Stack.ONLY ? written.in(Stack.DECODER) : written;
        List<Integer> layers =
                new LayerRanges(shape.layers(injection.stack()), issues).select(injection.layers(), injection.at());
        List<Role> roles = roles(injection, router);
        Map<Role, String> modules = modules(injection, roles);
        if (!modules.isEmpty()) {
            layers = havingBlock(injection, layers);
        }
        Map<Taken, List<Integer>> taken = new LinkedHashMap<>();
        if (Pretrained.isHost(injection) && !modules.isEmpty()) {
            for (int layer : layers) {
                hosts.change(injection, router.orElseThrow(), layer)
                        .ifPresent(first -> twice(taken, Role.ROUTER, layer, first));
            }
        }
        if (!(injection.experts().adapter() instanceof Adapter.Unchanged)) {
            for (Role role : roles) {
                if (modules.containsKey(role) && fits(role, injection, router)) {
                    for (int layer : layers) {
                        put(injection, router, layer, role, taken);
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

    private boolean hasStack(Injection injection) {
        boolean encoder = shape.encoder().isPresent();
        if (injection.stack() == Stack.ENCODER && !encoder) {
            report(
                    injection,
                    "E_STACK",
                    shape.modelType() + " has no encoder",
                    "say layers(...): it is a decoder-only model");
            return false;
        }
        if (injection.stack() == Stack.ONLY && encoder) {
            report(
                    injection,
                    "E_STACK",
                    shape.modelType() + " has an encoder and a decoder, and layers(...) names neither",
                    "say encoder(...) or decoder(...), or both with the same block");
            return false;
        }
        return true;
    }

    private void put(
            Injection injection, Optional<Router> router, int layer, Role role, Map<Taken, List<Integer>> taken) {
        Site site = site(injection, router, layer, role);
        Site first = sites.putIfAbsent(site.key(), site);
        if (first != null && role != Role.ROUTER && role != Role.NULL_ROUTER) {
            twice(taken, role, layer, first.at());
        }
    }

    private static void twice(Map<Taken, List<Integer>> taken, Role role, int layer, CallSite first) {
        taken.computeIfAbsent(new Taken(role, first), key -> new ArrayList<>()).add(layer);
    }

    /** A sentence on the pretrained router adapts its null experts' rows too, where it has some. */
    private static List<Role> roles(Injection injection, Optional<Router> router) {
        boolean nulls = router.map(value -> value.nulls().count() > 0).orElse(false);
        return Pretrained.isHost(injection) && nulls ? List.of(Role.ROUTER, Role.NULL_ROUTER) : injection.roles();
    }

    /** Those that have the sentence's block: a layer of a mixed model has a MoE block or an FFN, not both. */
    private List<Integer> havingBlock(Injection injection, List<Integer> layers) {
        List<Integer> having = shape.layersWith(injection.stack(), injection.block());
        List<Integer> without =
                layers.stream().filter(layer -> !having.contains(layer)).toList();
        if (!without.isEmpty()) {
            report(
                    injection,
                    "E_LAYER",
                    "layers " + LayerIndexes.text(without) + " of " + shape.modelType() + " have no "
                            + injection.block().word() + ", which layers " + LayerIndexes.text(having) + " have",
                    "say layers(" + "all().except(exactly("
                            + without.stream().map(String::valueOf).collect(Collectors.joining(", "))
                            + ")), ...) or name layers that have it");
        }
        return layers.stream().filter(having::contains).toList();
    }

    /** In the order of stack, layer, block and role. */
    List<Site> all() {
        return List.copyOf(sites.values());
    }

    /** The pretrained routers of every layer that has one, as they run. */
    List<HostRouter> hosts() {
        return hosts.all();
    }

    private Map<Role, String> modules(Injection injection, List<Role> roles) {
        Map<BlockKind, Architecture.BlockNames> blocks = architecture.blocks(injection.stack());
        Architecture.BlockNames names = blocks.get(injection.block());
        if (names == null) {
            String has = String.join(
                    ", ", blocks.keySet().stream().map(BlockKind::word).toList());
            report(
                    injection,
                    "E_ROLE",
                    stackOf(injection) + " has no " + injection.block().word() + ": its layers have " + has,
                    "name sites in one of these blocks");
            return Map.of();
        }
        Map<Role, String> found = new EnumMap<>(Role.class);
        for (Role role : roles) {
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

    private String stackOf(Injection injection) {
        return injection.stack() == Stack.ENCODER ? "the encoder of " + shape.modelType() : shape.modelType();
    }

    private String elsewhere(Role role) {
        return architecture.blocks(Stack.DECODER).entrySet().stream()
                .filter(block -> block.getValue().modules().containsKey(role))
                .map(block -> Words.role(role) + " is in " + block.getKey().word() + ": layer."
                        + block.getKey().word() + "(block -> block.on(" + role + ")...)")
                .findFirst()
                .orElse("no block of " + shape.modelType() + " has it");
    }

    /** Whether experts and nulls fit the role's widths; reports what does not. */
    private boolean fits(Role role, Injection injection, Optional<Router> router) {
        int in = shape.in(injection.block(), role);
        int out = out(injection, router, role);
        String where = injection.block().word() + " " + Words.role(role) + " (" + in + " to " + out + ")";
        Adapter adapter = injection.experts().adapter();
        if (adapter instanceof Adapter.Parallel && role != Role.BESIDE) {
            report(
                    injection,
                    "E_ROLE",
                    "a parallel adapter cannot sit at " + where + ": it has its place beside a MoE block",
                    "use lora(rank)");
            return false;
        }
        if (injection.block() == BlockKind.MOE && adapter instanceof Adapter.Ia3) {
            report(
                    injection,
                    "E_ROLE",
                    "(IA)3 vectors at " + where + " are not supported in a MoE block",
                    "use lora(rank), or beside().parallel(rank)");
            return false;
        }
        if (injection.block() == BlockKind.MOE
                && role != Role.BESIDE
                && role != Role.ROUTER
                && role != Role.NULL_ROUTER
                && injection.experts().count() != shape.experts().experts()) {
            report(
                    injection,
                    "E_ROLE",
                    "a mixture of " + injection.experts().count() + " inside each pretrained expert at " + where,
                    "use lora(rank): one for each pretrained expert");
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
        int rank = adapter instanceof Adapter.Lora lora
                ? lora.rank()
                : adapter instanceof Adapter.Parallel parallel ? parallel.rank() : 1;
        if (rank > Math.min(in, out)) {
            report(
                    injection,
                    "E_PARAM",
                    "rank " + rank + " at " + where + " is more than the smaller of its widths",
                    "at most " + Math.min(in, out) + "; a useful rank is far below");
        }
        boolean perHead = router.filter(value -> value.input() == RouterInput.PROJECTED_PER_HEAD)
                .isPresent();
        if (perHead && out % shape.headDim() != 0) {
            report(
                    injection,
                    "E_INPUT",
                    "heads of width " + shape.headDim() + " do not divide " + where,
                    "use the paper's form: MODULE_INPUT");
        }
        boolean identity = router.map(Router::nulls)
                .filter(nulls -> nulls.count() > 0 && nulls.kind() == NullExperts.Kind.IDENTITY)
                .isPresent();
        if (identity && role == Role.BESIDE) {
            report(
                    injection,
                    "E_IDENTITY_SHAPE",
                    "identity nulls beside a MoE block would add the block's input to its output",
                    "use nullExperts(m)");
        } else if (identity && in != out && !Pretrained.isHost(injection)) {
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
                architecture.module(injection.stack(), layer, injection.block(), role),
                shape.in(injection.block(), role),
                out(injection, router, role),
                dtype(key),
                reads(key),
                experts,
                own(injection, router),
                own(injection, router)
                        .filter(Router::hasRows)
                        .map(value -> Learning.of(new Routing(experts.count(), value))),
                Fate.start(experts, own(injection, router)),
                Pretrained.isHost(injection)
                        ? Fate.merging(router.orElseThrow())
                        : Fate.merging(key, experts, own(injection, router)),
                injection.at());
    }

    /** The router of the site's own experts: what a sentence says of the pretrained one stands in {@link HostRouter}. */
    private static Optional<Router> own(Injection injection, Optional<Router> router) {
        return Pretrained.isHost(injection) ? Optional.empty() : router;
    }

    private int out(Injection injection, Optional<Router> router, Role role) {
        return role == Role.NULL_ROUTER
                ? router.map(value -> value.nulls().count()).orElse(0)
                : shape.out(injection.block(), role);
    }

    /** Of the frozen weight; the hidden state has the type of the weight that reads it. */
    private DType dtype(SiteKey key) {
        Role weight = switch (key.role()) {
            case HIDDEN -> Role.DOWN;
            case NULL_ROUTER, BESIDE -> Role.ROUTER;
            default -> key.role();
        };
        String module = architecture
                .module(key.stack(), key.layer(), key.block(), weight)
                .replace(Architecture.MoeNames.EXPERT, "0");
        return checkpoint.tensor(module + ".weight").dtype();
    }

    /** Keys and values of cross-attention are made from the encoder's tokens. */
    private static Stack reads(SiteKey key) {
        boolean memory = key.block() == BlockKind.CROSS_ATTENTION && (key.role() == Role.K || key.role() == Role.V);
        return memory ? Stack.ENCODER : key.stack();
    }

    private void report(Injection injection, String code, String message, String fix) {
        issues.add(Issue.error(code, message).withFix(fix).at(injection.at()));
    }

    private record Taken(Role role, CallSite at) {}
}
