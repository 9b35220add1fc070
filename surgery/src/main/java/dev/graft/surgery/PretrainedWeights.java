package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Lays out the pretrained weights where they are what is trained: each tensor is a leaf of its own. */
final class PretrainedWeights {
    /** Elements that one buffer of the host can hold. */
    private static final long MOST = 1L << 29;

    private final Architecture architecture;
    private final ModelShape shape;
    private final Checkpoint checkpoint;

    PretrainedWeights(Architecture architecture, ModelShape shape, Checkpoint checkpoint) {
        this.architecture = architecture;
        this.shape = shape;
        this.checkpoint = checkpoint;
    }

    /**
     * Layer by layer what all layers of a stack have, then the other tensors by name; nothing for a spec that leaves the
     * weights frozen.
     */
    List<Leaf> leaves(Surgery surgery, Issues issues) {
        if (surgery.everything().isEmpty()) {
            return List.of();
        }
        List<TensorInfo> tensors = ordered();
        check(tensors, surgery.everything().get(), issues);
        List<Leaf> leaves = new ArrayList<>();
        long offset = 0;
        for (TensorInfo tensor : tensors) {
            Leaf.Piece whole = new Leaf.Piece(tensor.name(), tensor.shape(), new Leaf.Init.Pretrained());
            leaves.add(new Leaf(
                    tensor.name().replace('.', '_'), Leaf.Kind.WEIGHT, tensor.shape(), offset, List.of(whole)));
            offset += tensor.elements();
        }
        return leaves;
    }

    private void check(List<TensorInfo> tensors, CallSite at, Issues issues) {
        if (shape.moe().isPresent()) {
            issues.add(Issue.error(
                            "E_PARAM",
                            "trainEverything() is for dense models: " + shape.modelType()
                                    + " has MoE blocks, whose experts can't be trained yet")
                    .withFix("adapt the experts: layers(all(), layer -> layer.moe(m -> m.experts(e -> e.lora(8))))")
                    .at(at));
        }
        long elements = tensors.stream().mapToLong(TensorInfo::elements).sum();
        if (elements > MOST) {
            issues.add(Issue.error(
                            "E_PARAM",
                            "trainEverything() would train " + elements + " parameters; it can train " + MOST
                                    + " at most")
                    .withFix("adapt the model instead, or take a smaller one")
                    .at(at));
        }
    }

    private List<TensorInfo> ordered() {
        Map<String, TensorInfo> left = checkpoint.tensors().values().stream()
                .filter(tensor -> !architecture.isSpare(tensor.name(), shape.tiedHead()))
                .collect(Collectors.toMap(TensorInfo::name, tensor -> tensor, (a, b) -> a, TreeMap::new));
        List<TensorInfo> ordered = new ArrayList<>();
        for (Stack stack : architecture.stacks()) {
            List<String> prefixes = IntStream.range(0, shape.layers(stack))
                    .mapToObj(layer -> architecture.layerPrefix(stack, layer) + ".")
                    .toList();
            List<String> shared = left.keySet().stream()
                    .filter(name -> name.startsWith(prefixes.get(0)))
                    .map(name -> name.substring(prefixes.get(0).length()))
                    .filter(name -> prefixes.stream().allMatch(prefix -> left.containsKey(prefix + name)))
                    .toList();
            prefixes.forEach(prefix ->
                    shared.forEach(name -> ordered.add(java.util.Objects.requireNonNull(left.remove(prefix + name)))));
        }
        ordered.addAll(left.values());
        return ordered;
    }
}
