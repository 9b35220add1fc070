package dev.graft.surgery;

import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Signal;

/** What the rows of a router learn from: which of the two losses has a gradient for them. */
final class Learning {
    private final Routing routing;
    private final Router router;

    private Learning(Routing routing) {
        this.routing = routing;
        this.router = routing.router();
    }

    static RouterLearning of(Routing routing) {
        Learning learning = new Learning(routing);
        Signal otherwise = learning.balanceTeaches() ? Signal.BALANCE_LOSS_ONLY : Signal.NOTHING_TO_LEARN;
        Signal trueRows = learning.lossReachesTrueRows() ? Signal.LM_LOSS : otherwise;
        Signal nullRows = learning.lossReachesNullRows() ? Signal.LM_LOSS : otherwise;
        return new RouterLearning(trueRows, routing.router().nulls().count() == 0 ? Signal.NOTHING_TO_LEARN : nullRows);
    }

    /** Whether the balance loss is a constant: with every expert selected it is coefficient · (n+m) · ΣP. */
    static boolean balanceIsConstant(Routing routing) {
        return routing.selectsAll() || routing.router().input() == RouterInput.PROJECTED_PER_HEAD;
    }

    private boolean balanceTeaches() {
        return router.balance()
                        .filter(balance -> !isZero(balance.coefficient()))
                        .isPresent()
                && !balanceIsConstant(routing);
    }

    private boolean lossReachesTrueRows() {
        return lossReachesNullRows() || (weightsVary() && routing.experts() > 1);
    }

    /** The null logits cancel where the weights are normalised over the true experts and no share of x is added. */
    private boolean lossReachesNullRows() {
        return shareVaries() || (weightsVary() && router.normalisation() != Normalisation.SELECTED_TRUE);
    }

    /** Whether the weight of a true expert depends on the logits, given what was selected. */
    private boolean weightsVary() {
        boolean constant = router.normalisation() == Normalisation.NONE ? routing.rows() == 1 : routing.selectsOne();
        return router.scale() == ScaleSource.OWN_ROUTER && !constant;
    }

    /** The same of the share of x that identity nulls add. */
    private boolean shareVaries() {
        boolean identity = router.nulls().count() > 0 && router.nulls().kind() == NullExperts.Kind.IDENTITY;
        boolean raw = router.nulls().share() == NullExperts.Share.RAW;
        return router.scale() == ScaleSource.OWN_ROUTER && identity && (raw || !routing.selectsOne());
    }

    private static boolean isZero(Schedule coefficient) {
        if (coefficient instanceof Schedule.PerEpoch epochs) {
            return epochs.values().stream().allMatch(value -> value == 0);
        }
        if (coefficient instanceof Schedule.LinearOverRun line) {
            return line.first() == 0 && line.last() == 0;
        }
        return ((Schedule.Constant) coefficient).value() == 0;
    }
}
