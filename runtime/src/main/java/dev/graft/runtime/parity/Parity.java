package dev.graft.runtime.parity;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.TokenChoice;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Runs the unpatched model of a checkpoint on the inputs of a golden file and compares: states after each layer, logits,
 * loss, the listed gradients and the greedy continuation. In fp32 always, in bf16 where the golden has {@code bf16.*}.
 */
public final class Parity {
    static final String BF16 = "bf16.";

    private final TorchEngine engine;
    private final Checkpoint checkpoint;
    private final Function<Weights, LanguageModel> newModel;

    /** @param newModel makes the model of the checkpoint on its frozen weights */
    public Parity(TorchEngine engine, Checkpoint checkpoint, Function<Weights, LanguageModel> newModel) {
        this.engine = engine;
        this.checkpoint = checkpoint;
        this.newModel = newModel;
    }

    /**
     * Every difference, in the order of the model.
     *
     * @throws GraftException {@code E_GOLDEN} if the file holds nothing to compare
     */
    public List<Difference> compare(SafetensorsFile golden) {
        List<Difference> differences = new ArrayList<>();
        boolean conversation = golden.tensors().containsKey("ids.passage");
        if (!conversation && !golden.tensors().containsKey("logits")) {
            throw new GraftException(Issue.error("E_GOLDEN", "the golden file has neither 'logits' nor 'ids.passage'")
                    .withFix("see the README beside the golden checkpoints for the expected tensors"));
        }
        for (ElementType precision : List.of(ElementType.FP32, ElementType.BF16)) {
            boolean half = precision == ElementType.BF16;
            if (half && golden.tensors().keySet().stream().noneMatch(name -> name.startsWith(BF16))) {
                continue;
            }
            try (Weights weights = new Weights(engine, checkpoint, precision)) {
                differences.addAll(
                        conversation
                                ? new ConversationParity(golden, weights, newModel.apply(weights)).compare()
                                : new StateParity(golden, weights, newModel).compare());
            }
        }
        return differences;
    }

    static Difference greedy(SafetensorsFile golden, String name, Weights weights, LanguageModel model, long[] prompt) {
        long[] reference = golden.longs(name);
        int[] ids = Arrays.stream(prompt).mapToInt(Math::toIntExact).toArray();
        int[] ours = new Generator(model, weights)
                .generate(ids, reference.length, TokenChoice.greedy(), token -> false, token -> true);
        return Difference.tokens(name, Arrays.stream(ours).asLongStream().toArray(), reference);
    }
}
