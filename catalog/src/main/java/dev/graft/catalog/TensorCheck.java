package dev.graft.catalog;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Holds a model's tensors against the dimensions: each expected one is there with its shape, and no other. */
final class TensorCheck {
    private static final Set<DType> FLOATS = EnumSet.of(DType.F32, DType.BF16, DType.F16);
    private static final List<String> FUSED =
            List.of("qkv_proj", "query_key_value", "c_attn", "Wqkv", "gate_up_proj", "in_proj");
    private static final List<String> QUANTISED =
            List.of(".qweight", ".qzeros", ".scales", ".g_idx", ".quant_state", ".weight_scale_inv");
    /** Findings of one kind that are told one by one. */
    private static final int MOST = 12;

    private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");
    private static final String LAYER = "{layer}";
    private static final String EXPERT = Architecture.MoeNames.EXPERT;
    private static final String EXPERTS = ".experts.";
    private static final String WEIGHT = ".weight";

    private final Architecture architecture;
    private final ModelShape shape;
    private final Checkpoint checkpoint;
    private final Issues issues;
    private final Map<String, Expected> expected = new LinkedHashMap<>();

    TensorCheck(Architecture architecture, ModelShape shape, Checkpoint checkpoint, Issues issues) {
        this.architecture = architecture;
        this.shape = shape;
        this.checkpoint = checkpoint;
        this.issues = issues;
    }

    void run() {
        if (!depthAgrees()) {
            return;
        }
        expectAll();
        Set<String> unknown = reportUnknown();
        reportMissing(unknown);
        reportShapes();
        reportTypes();
    }

    /** One clear sentence instead of one for each tensor of a layer that is not there. */
    private boolean depthAgrees() {
        boolean agrees = true;
        for (Stack stack : architecture.stacks()) {
            Set<Integer> layers = new TreeSet<>();
            checkpoint
                    .tensors()
                    .keySet()
                    .forEach(name -> layerOf(name, template(stack)).ifPresent(layers::add));
            List<Integer> found = List.copyOf(layers);
            int depth = shape.layers(stack);
            if (found.size() != depth || found.get(0) != 0 || found.get(depth - 1) != depth - 1) {
                agrees = false;
                issues.add(Issue.error(
                        "E_CONFIG",
                        "config.json: " + depthKey(stack) + " is " + depth + ", but the tensors have layers "
                                + (found.isEmpty()
                                        ? "named otherwise than " + template(stack)
                                        : LayerIndexes.text(found))));
            }
        }
        return agrees;
    }

    private String depthKey(Stack stack) {
        return stack == Stack.ENCODER
                ? architecture.encoder().orElseThrow().config().layers()
                : architecture.config().layers();
    }

    private String template(Stack stack) {
        return stack == Stack.ENCODER ? architecture.encoder().orElseThrow().layer() : architecture.layer();
    }

    private void expectAll() {
        Architecture.ConfigKeys keys = architecture.config();
        String table = keys.vocabulary() + ", " + keys.hiddenSize();
        expect(architecture.embedding(), table, shape.vocabulary(), shape.hiddenSize());
        expect(architecture.finalNorm(), keys.hiddenSize(), shape.hiddenSize());
        if (!shape.tiedHead()) {
            expect(architecture.head(), table, shape.vocabulary(), shape.hiddenSize());
        }
        architecture.encoder().ifPresent(this::expectEncoder);
        Map<BlockKind, Map<Role, String>> meanings = new EnumMap<>(BlockKind.class);
        for (BlockKind kind : BlockKind.values()) {
            meanings.put(kind, ShapeReader.meaning(architecture, kind));
        }
        for (Stack stack : architecture.stacks()) {
            architecture.blocks(stack).forEach((kind, block) -> {
                for (int layer : shape.layersWith(stack, kind)) {
                    String prefix = architecture.layerPrefix(stack, layer) + ".";
                    if (kind == BlockKind.MOE) {
                        expectMoe(architecture.moe().orElseThrow(), prefix, meanings);
                    } else {
                        expectDense(kind, block, prefix, meanings);
                    }
                }
            });
        }
    }

    private void expectEncoder(Architecture.EncoderNames names) {
        Architecture.ConfigKeys keys = architecture.config();
        expect(names.finalNorm(), keys.hiddenSize(), shape.hiddenSize());
        String table = names.config().buckets() + ", " + keys.heads();
        int buckets = shape.encoder().orElseThrow().buckets();
        for (Stack stack : architecture.stacks()) {
            String bias = architecture.layerPrefix(stack, 0) + "." + names.relativeBias();
            expect(bias, table, buckets, shape.heads());
        }
    }

    private void expectDense(
            BlockKind kind, Architecture.BlockNames block, String prefix, Map<BlockKind, Map<Role, String>> meanings) {
        expect(prefix + block.norm(), architecture.config().hiddenSize(), shape.hiddenSize());
        block.projections().forEach((role, module) -> {
            String source = meaning(meanings, kind, role);
            expect(prefix + module + WEIGHT, source, shape.out(kind, role), shape.in(kind, role));
            if (shape.biased().contains(role)) {
                expect(prefix + module + ".bias", source.split(", ", -1)[0], shape.out(kind, role));
            }
        });
        block.outputNorms()
                .forEach((role, norm) ->
                        expect(prefix + norm, meaning(meanings, kind, role).split(", ", -1)[0], shape.out(kind, role)));
    }

    private void expectMoe(Architecture.MoeNames block, String prefix, Map<BlockKind, Map<Role, String>> meanings) {
        ModelShape.Moe moe = shape.experts();
        int hidden = shape.hiddenSize();
        expect(prefix + block.norm(), architecture.config().hiddenSize(), hidden);
        String rows = meaning(meanings, BlockKind.MOE, Role.ROUTER);
        expect(prefix + block.router() + WEIGHT, rows, moe.experts() + (moe.nullsApart() ? 0 : moe.nulls()), hidden);
        if (moe.nullsApart()) {
            String nulls = meaning(meanings, BlockKind.MOE, Role.NULL_ROUTER);
            expect(prefix + block.nullRouter() + WEIGHT, nulls, moe.nulls(), hidden);
        }
        block.projections().forEach((role, module) -> {
            String source = meaning(meanings, BlockKind.MOE, role);
            long out = shape.out(BlockKind.MOE, role);
            long in = shape.in(BlockKind.MOE, role);
            for (int expert = 0; expert < moe.experts(); expert++) {
                expect(prefix + module.replace(EXPERT, Integer.toString(expert)) + WEIGHT, source, out, in);
            }
        });
        block.shared().ifPresent(shared -> expectShared(shared, prefix));
    }

    private void expectShared(Architecture.SharedExpert shared, String prefix) {
        int hidden = shape.hiddenSize();
        int size = shape.experts().sharedSize().orElseThrow();
        String hiddenKey = architecture.config().hiddenSize();
        expect(prefix + shared.gate() + WEIGHT, "1, " + hiddenKey, 1, hidden);
        shared.projections().forEach((role, module) -> {
            if (role == Role.DOWN) {
                expect(prefix + module + WEIGHT, hiddenKey + ", " + shared.size(), hidden, size);
            } else {
                expect(prefix + module + WEIGHT, shared.size() + ", " + hiddenKey, size, hidden);
            }
        });
    }

    private static String meaning(Map<BlockKind, Map<Role, String>> meanings, BlockKind kind, Role role) {
        return Objects.requireNonNull(Objects.requireNonNull(meanings.get(kind)).get(role));
    }

    private void expect(String name, String source, long... dimensions) {
        List<Long> list = new ArrayList<>();
        for (long dimension : dimensions) {
            list.add(dimension);
        }
        expected.put(name, new Expected(list, source));
    }

    private Set<String> reportUnknown() {
        Folded unknown = new Folded();
        for (String name : checkpoint.tensors().keySet()) {
            if (!architecture.isSpare(name, shape.tiedHead()) && !expected.containsKey(name)) {
                unknown.add(name, "");
            }
        }
        unknown.forEach("E_TENSOR_UNKNOWN", this::unknown);
        return unknown.patterns();
    }

    private Issue unknown(String pattern, String where) {
        if (QUANTISED.stream().anyMatch(pattern::endsWith)) {
            return Issue.error("E_QUANTISED", pattern + where + " belongs to quantised weights")
                    .withFix("use the checkpoint that was quantised; Graft reads F32, BF16 and F16 weights");
        }
        if (holdsAllExperts(pattern)) {
            return Issue.error("E_FUSED", pattern + where + " holds all experts in one tensor")
                    .withFix("use a checkpoint with the published names of " + architecture.modelType()
                            + ", one tensor an expert");
        }
        if (FUSED.stream().anyMatch(pattern::contains)) {
            return Issue.error("E_FUSED", pattern + where + " holds several projections in one tensor")
                    .withFix("use a checkpoint with the published names of " + architecture.modelType()
                            + ", one tensor a projection");
        }
        Issue issue = Issue.error(
                        "E_TENSOR_UNKNOWN",
                        pattern + where + " is not a tensor of " + architecture.modelType()
                                + ": leaving it out would be another model")
                .withCandidates(NearestNames.of(pattern, patterns(expected.keySet())));
        return pattern.endsWith(".bias") ? issue.withFix(biasFix()) : issue;
    }

    private String biasFix() {
        String keys = architecture.blocks(Stack.DECODER).values().stream()
                .flatMap(block -> block.biasedWhen().stream())
                .collect(Collectors.joining(", "));
        return keys.isEmpty() ? architecture.modelType() + " has no bias here" : "config.json must say so with " + keys;
    }

    private static boolean holdsAllExperts(String pattern) {
        return pattern.contains(EXPERTS) && !pattern.contains(EXPERTS + EXPERT);
    }

    /** Experts that lie together in one tensor are not missing as well. */
    private void reportMissing(Set<String> unknown) {
        boolean together = unknown.stream().anyMatch(TensorCheck::holdsAllExperts);
        Folded missing = new Folded();
        expected.keySet().stream()
                .filter(name -> checkpoint.find(name).isEmpty())
                .filter(name -> !together || !name.contains(EXPERTS))
                .forEach(name -> missing.add(name, ""));
        missing.forEach(
                "E_TENSOR_MISSING",
                (pattern, where) -> Issue.error("E_TENSOR_MISSING", pattern + where + " is missing from the checkpoint")
                        .withCandidates(NearestNames.of(pattern, unknown)));
    }

    private void reportShapes() {
        Folded wrong = new Folded();
        expected.forEach((name, wanted) -> checkpoint
                .find(name)
                .filter(tensor -> !tensor.shape().equals(wanted.shape()))
                .ifPresent(tensor -> wrong.add(
                        name,
                        " has shape " + tensor.shape() + ", config.json gives " + wanted.shape() + " ("
                                + wanted.source() + ")")));
        wrong.forEach("E_CONFIG", (pattern, where) -> Issue.error("E_CONFIG", pattern + where));
    }

    private void reportTypes() {
        Folded odd = new Folded();
        expected.keySet().stream()
                .flatMap(name -> checkpoint.find(name).stream())
                .filter(tensor -> !FLOATS.contains(tensor.dtype()))
                .forEach(tensor -> odd.add(tensor.name(), " is stored as " + tensor.dtype()));
        odd.forEach(
                "E_QUANTISED",
                (pattern, where) ->
                        Issue.error("E_QUANTISED", pattern + where).withFix("use a checkpoint in F32, BF16 or F16"));
    }

    private Optional<Integer> layerOf(String name) {
        return architecture.stacks().stream()
                .flatMap(stack -> layerOf(name, template(stack)).stream())
                .findFirst();
    }

    private static Optional<Integer> layerOf(String name, String template) {
        int at = template.indexOf(LAYER);
        if (!name.startsWith(template.substring(0, at))) {
            return Optional.empty();
        }
        int end = name.indexOf('.', at);
        String index = end < 0 ? "" : name.substring(at, end);
        return INDEX.matcher(index).matches() ? Optional.of(Integer.parseInt(index)) : Optional.empty();
    }

    private String pattern(String name) {
        String folded = name;
        for (Stack stack : architecture.stacks()) {
            int at = template(stack).indexOf(LAYER);
            if (layerOf(name, template(stack)).isPresent()) {
                folded = name.substring(0, at) + LAYER + name.substring(name.indexOf('.', at));
            }
        }
        String inLayer = folded;
        return expertOf(inLayer)
                .map(expert -> inLayer.replace(EXPERTS + expert + ".", EXPERTS + EXPERT + "."))
                .orElse(inLayer);
    }

    private static Optional<Integer> expertOf(String name) {
        int at = name.indexOf(EXPERTS) + EXPERTS.length();
        int end = name.indexOf('.', at);
        String index = at < EXPERTS.length() || end < 0 ? "" : name.substring(at, end);
        return INDEX.matcher(index).matches() ? Optional.of(Integer.parseInt(index)) : Optional.empty();
    }

    private Set<String> patterns(Set<String> names) {
        return names.stream().map(this::pattern).collect(Collectors.toCollection(TreeSet::new));
    }

    /** @param source the config keys that the shape comes from */
    private record Expected(List<Long> shape, String source) {}

    /** The same finding in many layers and experts, told once. */
    private final class Folded {
        private final Map<Finding, Places> found = new LinkedHashMap<>();

        void add(String name, String what) {
            Places seen = found.computeIfAbsent(
                    new Finding(pattern(name), what), key -> new Places(new TreeSet<>(), new TreeSet<>()));
            layerOf(name).ifPresent(seen.layers()::add);
            expertOf(name).ifPresent(seen.experts()::add);
        }

        Set<String> patterns() {
            return found.keySet().stream().map(Finding::pattern).collect(Collectors.toCollection(TreeSet::new));
        }

        /** Adds an issue for each finding, made from its name and from what was found in which layers. */
        void forEach(String code, BiFunction<String, String, Issue> issue) {
            found.entrySet().stream().limit(MOST).forEach(entry -> {
                String where = entry.getValue().toString();
                issues.add(issue.apply(
                        entry.getKey().pattern(), where + entry.getKey().what()));
            });
            if (found.size() > MOST) {
                issues.add(Issue.error(code, "and " + (found.size() - MOST) + " names more of that kind"));
            }
        }
    }

    private record Places(Set<Integer> layers, Set<Integer> experts) {
        @Override
        public String toString() {
            if (layers.isEmpty()) {
                return "";
            }
            String inLayers = "layers " + LayerIndexes.text(layers);
            return " (" + (experts.isEmpty() ? inLayers : inLayers + ", experts " + LayerIndexes.text(experts)) + ")";
        }
    }

    private record Finding(String pattern, String what) {}
}
