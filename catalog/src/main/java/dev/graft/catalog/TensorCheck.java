package dev.graft.catalog;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.Role;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import java.util.ArrayList;
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
    private static final List<String> QUANTISED = List.of(".qweight", ".qzeros", ".scales", ".g_idx", ".quant_state");
    /** Findings of one kind that are told one by one. */
    private static final int MOST = 12;

    private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");
    private static final String LAYER = "{layer}";

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
        Set<Integer> layers = new TreeSet<>();
        checkpoint.tensors().keySet().forEach(name -> layerOf(name).ifPresent(layers::add));
        List<Integer> found = List.copyOf(layers);
        boolean agrees = found.size() == shape.layers()
                && found.get(0) == 0
                && found.get(found.size() - 1) == shape.layers() - 1;
        if (!agrees) {
            issues.add(Issue.error(
                    "E_CONFIG",
                    "config.json: " + architecture.config().layers() + " is " + shape.layers()
                            + ", but the tensors have layers "
                            + (found.isEmpty()
                                    ? "named otherwise than " + architecture.layer()
                                    : LayerIndexes.text(found))));
        }
        return agrees;
    }

    private void expectAll() {
        Architecture.ConfigKeys keys = architecture.config();
        String table = keys.vocabulary() + ", " + keys.hiddenSize();
        expect(architecture.embedding(), table, shape.vocabulary(), shape.hiddenSize());
        expect(architecture.finalNorm(), keys.hiddenSize(), shape.hiddenSize());
        if (!shape.tiedHead()) {
            expect(architecture.head(), table, shape.vocabulary(), shape.hiddenSize());
        }
        Map<Role, String> meaning = ShapeReader.meaning(keys);
        for (int layer = 0; layer < shape.layers(); layer++) {
            String prefix = architecture.layerPrefix(layer) + ".";
            for (Architecture.BlockNames block : architecture.blocks().values()) {
                expect(prefix + block.norm(), keys.hiddenSize(), shape.hiddenSize());
                block.projections().forEach((role, module) -> {
                    String source = Objects.requireNonNull(meaning.get(role));
                    expect(prefix + module + ".weight", source, shape.out(role), shape.in(role));
                    if (shape.biased().contains(role)) {
                        expect(prefix + module + ".bias", source.split(", ", -1)[0], shape.out(role));
                    }
                });
            }
        }
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
        String keys = architecture.blocks().values().stream()
                .flatMap(block -> block.biasedWhen().stream())
                .collect(Collectors.joining(", "));
        return keys.isEmpty() ? architecture.modelType() + " has no bias here" : "config.json must say so with " + keys;
    }

    private void reportMissing(Set<String> unknown) {
        Folded missing = new Folded();
        expected.keySet().stream()
                .filter(name -> checkpoint.find(name).isEmpty())
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
        int at = architecture.layer().indexOf(LAYER);
        if (!name.startsWith(architecture.layer().substring(0, at))) {
            return Optional.empty();
        }
        int end = name.indexOf('.', at);
        String index = end < 0 ? "" : name.substring(at, end);
        return INDEX.matcher(index).matches() ? Optional.of(Integer.parseInt(index)) : Optional.empty();
    }

    private String pattern(String name) {
        int at = architecture.layer().indexOf(LAYER);
        return layerOf(name)
                .map(layer -> name.substring(0, at) + LAYER + name.substring(name.indexOf('.', at)))
                .orElse(name);
    }

    private Set<String> patterns(Set<String> names) {
        return names.stream().map(this::pattern).collect(Collectors.toCollection(TreeSet::new));
    }

    /** @param source the config keys that the shape comes from */
    private record Expected(List<Long> shape, String source) {}

    /** The same finding in many layers, told once. */
    private final class Folded {
        private final Map<Finding, Set<Integer>> layers = new LinkedHashMap<>();

        void add(String name, String what) {
            Set<Integer> seen = layers.computeIfAbsent(new Finding(pattern(name), what), key -> new TreeSet<>());
            layerOf(name).ifPresent(seen::add);
        }

        Set<String> patterns() {
            return layers.keySet().stream().map(Finding::pattern).collect(Collectors.toCollection(TreeSet::new));
        }

        /** Adds an issue for each finding, made from its name and from what was found in which layers. */
        void forEach(String code, BiFunction<String, String, Issue> issue) {
            layers.entrySet().stream().limit(MOST).forEach(entry -> {
                Set<Integer> seen = entry.getValue();
                String where = seen.isEmpty() ? "" : " (layers " + LayerIndexes.text(seen) + ")";
                issues.add(issue.apply(
                        entry.getKey().pattern(), where + entry.getKey().what()));
            });
            if (layers.size() > MOST) {
                issues.add(Issue.error(code, "and " + (layers.size() - MOST) + " names more of that kind"));
            }
        }
    }

    private record Finding(String pattern, String what) {}
}
