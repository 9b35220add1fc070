package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A golden case of a method in the words of the language and in ragged rows: padding is left out before it starts. */
record MethodCase(GoldenFile golden, Ops ops) {
    private static final double TOLERANCE = 1e-5;

    // ---- the case in our words ----

    Router router() {
        return new Router(
                input(),
                RouterInit.NORMAL,
                selection(),
                normalisation(),
                merge(),
                ScaleSource.OWN_ROUTER,
                nulls(),
                Optional.of(balance()));
    }

    private RouterInput input() {
        return switch (golden.option("input")) {
            case "module", "given logits" -> RouterInput.MODULE_INPUT;
            case "sentence" -> RouterInput.SENTENCE;
            case "activated-hidden" -> RouterInput.ACTIVATED_HIDDEN;
            case "projected-per-head" -> RouterInput.PROJECTED_PER_HEAD;
            default -> throw unknown("input");
        };
    }

    private Selection selection() {
        return switch (golden.option("selection")) {
            case "soft" -> new Selection.Soft();
            case "top-k" -> new Selection.TopK(golden.whole("k"));
            case "top-p" -> new Selection.TopP(golden.decimal("threshold"));
            default -> throw unknown("selection");
        };
    }

    private Normalisation normalisation() {
        return switch (golden.option("normalisation")) {
            case "none" -> Normalisation.NONE;
            case "selected" -> Normalisation.SELECTED;
            case "selected-true" -> Normalisation.SELECTED_TRUE;
            default -> throw unknown("normalisation");
        };
    }

    Merge merge() {
        return switch (golden.option("merge")) {
            case "", "outputs" -> Merge.OUTPUTS;
            case "factors" -> Merge.FACTORS;
            default -> throw unknown("merge");
        };
    }

    private NullExperts nulls() {
        NullExperts.Kind kind = switch (golden.option("null_kind")) {
            case "none", "zero" -> NullExperts.Kind.ZERO;
            case "identity" -> NullExperts.Kind.IDENTITY;
            default -> throw unknown("null_kind");
        };
        NullExperts.Share share = switch (golden.option("null_share")) {
            case "", "raw" -> NullExperts.Share.RAW;
            case "of-selected" -> NullExperts.Share.OF_SELECTED;
            default -> throw unknown("null_share");
        };
        return new NullExperts(golden.whole("experts") - golden.whole("n"), kind, share);
    }

    Balance balance() {
        Balance.Scope scope = switch (golden.option("balance_scope")) {
            case "per-layer" -> Balance.Scope.PER_LAYER;
            case "all-layers" -> Balance.Scope.ALL_LAYERS;
            default -> throw unknown("balance_scope");
        };
        Balance.NullLoad load = switch (golden.option("null_load")) {
            case "averaged" -> Balance.NullLoad.AVERAGED;
            case "distinct" -> Balance.NullLoad.DISTINCT;
            default -> throw unknown("null_load");
        };
        Balance.LoadSum sum = switch (golden.option("load_sum")) {
            case "k" -> Balance.LoadSum.SELECTED;
            case "1" -> Balance.LoadSum.ONE;
            default -> throw unknown("load_sum");
        };
        return Balance.of(new Schedule.Constant(golden.decimal("balance_coefficient")))
                .scope(scope)
                .nullLoad(load)
                .loadSum(sum);
    }

    private IllegalArgumentException unknown(String field) {
        return new IllegalArgumentException(golden + " has an unknown " + field + ": " + golden.option(field));
    }

    // ---- rows ----

    /** Indices of the rows that take part, among the B·S of one group: real tokens, or all where padding counts. */
    private int[] taken() {
        double[] mask = golden.numbers("in.mask");
        boolean all = golden.option("padding").equals("unmasked");
        return IntStream.range(0, mask.length).filter(i -> all || mask[i] != 0).toArray();
    }

    /** One segment a sequence, all of it prompt. */
    Rows rows() {
        int length = (int) golden.shape("in.mask")[1];
        int[] lengths = new int[(int) golden.shape("in.mask")[0]];
        Arrays.stream(taken()).forEach(i -> lengths[i / length]++);
        return Rows.of(ops, Arrays.stream(lengths).mapToObj(Segment::of).toList());
    }

    /** Of numbers [groups, B·S, …] the rows that take part: [groups, T, …]. */
    double[] taken(double[] numbers, int groups) {
        int rows = golden.numbers("in.mask").length;
        int width = numbers.length / groups / rows;
        int[] taken = taken();
        double[] kept = new double[groups * taken.length * width];
        for (int g = 0; g < groups; g++) {
            for (int i = 0; i < taken.length; i++) {
                System.arraycopy(numbers, (g * rows + taken[i]) * width, kept, (g * taken.length + i) * width, width);
            }
        }
        return kept;
    }

    /** The rows of an input that take part: [T, width]. */
    NDArray input(String tensor) {
        double[] kept = taken(golden.numbers(tensor), 1);
        return upload(kept, taken().length, kept.length / taken().length);
    }

    NDArray upload(double[] numbers, long... shape) {
        float[] values = new float[numbers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers[i];
        }
        return ops.upload(values, shape);
    }

    NDArray weight(String tensor, long... shape) {
        return upload(golden.numbers(tensor), shape.length > 0 ? shape : golden.shape(tensor));
    }

    /** The pretrained experts of a block. */
    ExpertWeights experts() {
        return new ExpertWeights(slices("base.w1"), slices("base.w3"), slices("base.w2"));
    }

    private List<NDArray> slices(String tensor) {
        long[] shape = golden.shape(tensor);
        NDArray all = weight(tensor, shape[0] * shape[1], shape[2]);
        return each((int) shape[0], e -> ops.narrow(all, 0, e * shape[1], shape[1]));
    }

    /** The last two of three dimensions swapped: the goldens store B as [n, o, r], the runtime as [n, r, o]. */
    static double[] swapped(double[] numbers, long[] shape) {
        int rows = (int) shape[shape.length - 2];
        int columns = (int) shape[shape.length - 1];
        double[] y = new double[numbers.length];
        for (int i = 0; i < y.length; i++) {
            int matrix = i / (rows * columns);
            int row = i / columns % rows;
            int column = i % columns;
            y[matrix * rows * columns + column * rows + row] = numbers[i];
        }
        return y;
    }

    // ---- comparisons ----

    /** An output of one row a token, compared where there are tokens. */
    void assertOutput(String tensor, NDArray actual) {
        assertOutput(tensor, actual, taken(golden.numbers(tensor), 1));
    }

    void assertOutput(String tensor, NDArray actual, double[] expected) {
        boolean exact = tensor.equals("out.selected") || tensor.equals("out.load");
        double tolerance = exact ? 0 : TOLERANCE;
        GoldenFile.assertClose(
                tensor, ops.floats(actual), expected, tolerance, tolerance * golden.largest(tensor::equals));
    }

    /** The LM gradient of one tensor. */
    void assertGradient(String name, NDArray leaf, double[] expected) {
        GoldenFile.assertClose(
                "grad." + name,
                ops.floats(ops.autograd().gradient(leaf)),
                expected,
                TOLERANCE,
                TOLERANCE * golden.largest(tensor -> tensor.startsWith("grad.") && !tensor.startsWith("grad.balance")));
    }

    /** The gradient of the balance loss alone. */
    void assertBalanceGradient(String name, NDArray leaf, double[] expected) {
        assertBalanceGradient("grad.balance.", name, leaf, expected);
    }

    /** The gradient of the balance loss of the block's own router alone. */
    void assertHostBalanceGradient(String name, NDArray leaf, double[] expected) {
        assertBalanceGradient("grad.balance_host.", name, leaf, expected);
    }

    private void assertBalanceGradient(String group, String name, NDArray leaf, double[] expected) {
        double largest = golden.largest(tensor -> tensor.startsWith(group));
        GoldenFile.assertClose(
                group + name,
                ops.floats(ops.autograd().gradient(leaf)),
                expected,
                TOLERANCE,
                TOLERANCE * Math.max(largest, 0.1 * golden.decimal("balance_coefficient")));
    }

    /** A function of each layer, in order. */
    static <R> List<R> each(int count, java.util.function.IntFunction<R> make) {
        return IntStream.range(0, count).mapToObj(make).toList();
    }
}
