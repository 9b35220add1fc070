package dev.graft.catalog;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.Stack;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Holds a model's tensors against the dimensions: each expected one is there with its shape, and no other. */
final class TensorCheck {
    private static final Set<DType> FLOATS = EnumSet.of(DType.F32, DType.BF16, DType.F16);
    private static final List<String> FUSED =
            List.of("qkv_proj", "query_key_value", "c_attn", "Wqkv", "gate_up_proj", "in_proj");
    private static final List<String> QUANTISED =
            List.of(".qweight", ".qzeros", ".scales", ".g_idx", ".quant_state", ".weight_scale_inv");

    private final Architecture architecture;
    private final ModelShape shape;
    private final Checkpoint checkpoint;
    private final Issues issues;
    private final TensorNames names;
    private final ExpectedTensors tensors;

    TensorCheck(Architecture architecture, ModelShape shape, Checkpoint checkpoint, Issues issues) {
        this.architecture = architecture;
        this.shape = shape;
        this.checkpoint = checkpoint;
        this.issues = issues;
        this.names = new TensorNames(architecture);
        this.tensors = new ExpectedTensors(architecture, shape);
    }

    void run() {
        if (!depthAgrees()) {
            return;
        }
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
                    .forEach(name -> names.layerOf(name, stack).ifPresent(layers::add));
            List<Integer> found = List.copyOf(layers);
            int depth = shape.layers(stack);
            if (found.size() != depth || found.get(0) != 0 || found.get(depth - 1) != depth - 1) {
                agrees = false;
                issues.add(Issue.error(
                        "E_CONFIG",
                        "config.json: " + depthKey(stack) + " is " + depth + ", but the tensors have layers "
                                + (found.isEmpty()
                                        ? "named otherwise than " + names.template(stack)
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

    private Set<String> reportUnknown() {
        FoldedFindings unknown = new FoldedFindings(names, issues);
        for (String name : checkpoint.tensors().keySet()) {
            if (!architecture.isSpare(name, shape.tiedHead()) && !tensors.all().containsKey(name)) {
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
                .withCandidates(
                        NearestNames.of(pattern, names.patterns(tensors.all().keySet())));
        return pattern.endsWith(".bias") ? issue.withFix(biasFix()) : issue;
    }

    private String biasFix() {
        String keys = architecture.blocks(Stack.DECODER).values().stream()
                .flatMap(block -> block.biasedWhen().stream())
                .collect(Collectors.joining(", "));
        return keys.isEmpty() ? architecture.modelType() + " has no bias here" : "config.json must say so with " + keys;
    }

    private static boolean holdsAllExperts(String pattern) {
        return pattern.contains(TensorNames.EXPERTS)
                && !pattern.contains(TensorNames.EXPERTS + Architecture.MoeNames.EXPERT);
    }

    /** Experts that lie together in one tensor are not missing as well. */
    private void reportMissing(Set<String> unknown) {
        boolean together = unknown.stream().anyMatch(TensorCheck::holdsAllExperts);
        FoldedFindings missing = new FoldedFindings(names, issues);
        tensors.all().keySet().stream()
                .filter(name -> checkpoint.find(name).isEmpty())
                .filter(name -> !together || !name.contains(TensorNames.EXPERTS))
                .forEach(name -> missing.add(name, ""));
        missing.forEach(
                "E_TENSOR_MISSING",
                (pattern, where) -> Issue.error("E_TENSOR_MISSING", pattern + where + " is missing from the checkpoint")
                        .withCandidates(NearestNames.of(pattern, unknown)));
    }

    private void reportShapes() {
        FoldedFindings wrong = new FoldedFindings(names, issues);
        tensors.all()
                .forEach((name, wanted) -> checkpoint
                        .find(name)
                        .filter(tensor -> !tensor.shape().equals(wanted.shape()))
                        .ifPresent(tensor -> wrong.add(
                                name,
                                " has shape " + tensor.shape() + ", config.json gives " + wanted.shape() + " ("
                                        + wanted.source() + ")")));
        wrong.forEach("E_CONFIG", (pattern, where) -> Issue.error("E_CONFIG", pattern + where));
    }

    private void reportTypes() {
        FoldedFindings odd = new FoldedFindings(names, issues);
        tensors.all().keySet().stream()
                .flatMap(name -> checkpoint.find(name).stream())
                .filter(tensor -> !FLOATS.contains(tensor.dtype()))
                .forEach(tensor -> odd.add(tensor.name(), " is stored as " + tensor.dtype()));
        odd.forEach(
                "E_QUANTISED",
                (pattern, where) ->
                        Issue.error("E_QUANTISED", pattern + where).withFix("use a checkpoint in F32, BF16 or F16"));
    }
}
