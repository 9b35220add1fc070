package dev.graft.dsl;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The words of the language: one static import ({@code import static dev.graft.dsl.Graft.*}) is all a spec needs. */
public final class Graft {
    /** Layers for which a described predicate is asked; no published model is deeper. */
    public static final int MAX_DEPTH = 1024;

    public static final Role Q = Role.Q;
    public static final Role K = Role.K;
    public static final Role V = Role.V;
    public static final Role O = Role.O;
    public static final Role GATE = Role.GATE;
    public static final Role UP = Role.UP;
    public static final Role DOWN = Role.DOWN;
    public static final Role HIDDEN = Role.HIDDEN;

    private Graft() {}

    /**
     * Writes a spec.
     *
     * @param name letters, digits and hyphens
     * @throws dev.graft.issue.GraftException {@code E_SCOPE} for a receiver used outside its block, {@code E_UNFINISHED}
     *     for a sentence without its end
     */
    public static Surgery surgery(String name, Block<? super SurgerySpec> block) {
        Scope scope = Scope.root("surgery");
        SurgerySpec spec = new SurgerySpec(scope);
        try {
            block.accept(spec);
        } finally {
            scope.close();
        }
        return spec.freeze(name);
    }

    /** Training settings on their own; what is not said keeps the value of {@link Training#defaults}. */
    public static Training training(Block<? super TrainingSpec> block) {
        return surgery("training", s -> s.training(block)).training();
    }

    /** Every layer. */
    public static LayerSelector all() {
        return new LayerSelector.All();
    }

    /** From {@code first} to {@code last}, both included, counted from 0. */
    public static LayerSelector range(int first, int last) {
        return new LayerSelector.Range(first, last);
    }

    /** The first {@code count} layers. */
    public static LayerSelector first(int count) {
        return new LayerSelector.First(count);
    }

    /** The last {@code count} layers. */
    public static LayerSelector last(int count) {
        return new LayerSelector.Last(count);
    }

    /** Layers 0, {@code step}, 2·{@code step}, and so on. */
    public static LayerSelector every(int step) {
        return every(step, 0);
    }

    /** Layers {@code offset}, {@code offset} + {@code step}, and so on. */
    public static LayerSelector every(int step, int offset) {
        return new LayerSelector.Every(step, offset);
    }

    /** Exactly these layers, counted from 0. */
    public static LayerSelector exactly(Integer... layers) {
        return new LayerSelector.Exactly(List.of(layers));
    }

    /** The layers for whose index the predicate holds; the description stands for it in plans and messages. */
    public static LayerSelector where(String description, IntPredicate predicate) {
        return new LayerSelector.Described(
                description,
                IntStream.range(0, MAX_DEPTH).filter(predicate).boxed().toList());
    }

    /** All experts, weighted with their probabilities. */
    public static Router soft() {
        return Router.of(new Selection.Soft());
    }

    /** The k most probable experts; their probabilities are not renormalised unless the router says so. */
    public static Router topK(int k) {
        return Router.of(new Selection.TopK(k));
    }

    /** The fewest most probable experts whose probabilities reach {@code threshold}. */
    public static Router topP(double threshold) {
        return Router.of(new Selection.TopP(threshold));
    }

    /** Adapters beside a MoE block: each one weighed as the pretrained router weighs its expert (PERFT-E). */
    public static Router asPretrained() {
        return Router.of(new Selection.Pretrained()).scale(ScaleSource.HOST);
    }

    /** Adapters beside a MoE block: all of them, each with weight 1 (PERFT-D). */
    public static Router alwaysOn() {
        return Router.of(new Selection.Soft()).scale(ScaleSource.NONE);
    }

    /** The coefficient that the model was pretrained with ({@code router_aux_loss_coef}). */
    public static Schedule pretrainedCoefficient() {
        return new Schedule.AsPretrained();
    }

    /** A coefficient that stays. */
    public static Schedule constant(double value) {
        return new Schedule.Constant(value);
    }

    /** A coefficient with one value an epoch; the last one stays (AdaMoE: {@code anneal(2e-2, 1e-4)}). */
    public static Schedule anneal(Double... byEpoch) {
        return new Schedule.PerEpoch(List.of(byEpoch));
    }

    /** A coefficient that moves from {@code first} to {@code last} in equal differences over the run's steps. */
    public static Schedule overRun(double first, double last) {
        return new Schedule.LinearOverRun(first, last);
    }
}
