package dev.graft.surgery;

import dev.graft.dsl.Router;
import dev.graft.dsl.Selection;

/**
 * What a router does with its experts, counted.
 *
 * @param experts n, the true experts
 */
record Routing(int experts, Router router) {

    /** n + m. */
    int rows() {
        return experts + router.nulls().count();
    }

    /** Whether every expert is selected for every token: nothing is chosen, and the load never changes. */
    boolean selectsAll() {
        if (router.selection() instanceof Selection.TopK top) {
            return top.k() == rows();
        }
        return !(router.selection() instanceof Selection.TopP top) || top.threshold() >= 1;
    }

    /** Whether exactly one expert is selected for every token: renormalised, its weight is always 1. */
    boolean selectsOne() {
        if (router.selection() instanceof Selection.TopK top) {
            return top.k() == 1;
        }
        // The largest probability is at least 1/(n+m), so a threshold up to there is crossed by the first expert.
        return rows() == 1 || (router.selection() instanceof Selection.TopP top && top.threshold() * rows() <= 1);
    }

    /** Whether at least one true expert is selected for every token. */
    boolean selectsTrue() {
        int nulls = router.nulls().count();
        return nulls == 0 || selectsAll() || (router.selection() instanceof Selection.TopK top && top.k() > nulls);
    }

    /** True experts per token where all n + m are selected equally often. */
    double balancedLoad() {
        return selectedAtBalance() * (double) experts / rows();
    }

    /** True experts per token at most. */
    int worstLoad() {
        return router.selection() instanceof Selection.TopK top ? Math.min(top.k(), experts) : experts;
    }

    private double selectedAtBalance() {
        if (router.selection() instanceof Selection.TopK top) {
            return top.k();
        }
        if (router.selection() instanceof Selection.TopP top) {
            // At equal probabilities the fewest experts that reach the threshold; 1e-9 absorbs its rounding.
            return Math.min(rows(), Math.max(1, Math.ceil(top.threshold() * rows() - 1e-9)));
        }
        return rows();
    }
}
