package dev.graft.dsl;

/**
 * The Switch-style balance loss of a router: coefficient · (n+m) · Σ_i f̃_i P_i (AdaMoE Eq. 6; with m = 0 Switch's).
 *
 * @param coefficient over epochs or steps
 * @param scope which rows share one f and one P
 * @param nullLoad AdaMoE averages f over the nulls; the quirk of its Mixtral code keeps them distinct
 * @param loadSum what Σf is scaled to
 * @param masked whether padding is left out; a plan refuses false, a published quirk, because it has no padding
 * @param demanded whether the user wrote it, so that a constant loss is an error; a fragment's is dropped with a note
 */
public record Balance(
        Schedule coefficient, Scope scope, NullLoad nullLoad, LoadSum loadSum, boolean masked, boolean demanded) {

    /** The paper's loss with this coefficient: all layers together, nulls averaged, Σf = k, padding masked. */
    public static Balance of(Schedule coefficient) {
        return new Balance(coefficient, Scope.ALL_LAYERS, NullLoad.AVERAGED, LoadSum.SELECTED, true, true);
    }

    public Balance coefficient(Schedule value) {
        return new Balance(value, scope, nullLoad, loadSum, masked, demanded);
    }

    public Balance scope(Scope value) {
        return new Balance(coefficient, value, nullLoad, loadSum, masked, demanded);
    }

    public Balance nullLoad(NullLoad value) {
        return new Balance(coefficient, scope, value, loadSum, masked, demanded);
    }

    public Balance loadSum(LoadSum value) {
        return new Balance(coefficient, scope, nullLoad, value, masked, demanded);
    }

    public Balance masked(boolean value) {
        return new Balance(coefficient, scope, nullLoad, loadSum, value, demanded);
    }

    /** The same as part of a ready-made fragment: dropped with a note where it would be constant. */
    public Balance ifItTeaches() {
        return new Balance(coefficient, scope, nullLoad, loadSum, masked, false);
    }

    /** Which rows are pooled. */
    public enum Scope {
        /** The tokens of all layers' routers with equal (n, m) in one pool. */
        ALL_LAYERS,
        /** One pool a layer (the tokens of all its routed sites); the losses are summed. */
        PER_LAYER
    }

    /** How the nulls' f enter. */
    public enum NullLoad {
        AVERAGED,
        DISTINCT
    }

    /** What Σf is. */
    public enum LoadSum {
        /** The number selected: k. */
        SELECTED,
        /** 1. */
        ONE
    }
}
