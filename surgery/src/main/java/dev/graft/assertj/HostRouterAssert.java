package dev.graft.assertj;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Signal;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;

/** Assertions about the pretrained router of a MoE block; made by {@link InjectionPlanAssert#router(int)}. */
public class HostRouterAssert extends AbstractAssert<HostRouterAssert, HostRouter> {
    private final InjectionPlanAssert plan;

    HostRouterAssert(HostRouter actual, InjectionPlanAssert plan) {
        super(actual, HostRouterAssert.class);
        this.plan = plan;
    }

    /** Back to the plan that {@link InjectionPlanAssert#router(int)} came from. */
    @CheckReturnValue
    public InjectionPlanAssert returnToPlan() {
        return plan;
    }

    /** n, the pretrained experts. */
    public HostRouterAssert hasExperts(int count) {
        return same("true experts:", count, actual.experts());
    }

    /** m, null experts that map to zero, those of the base included. */
    public HostRouterAssert hasNullExperts(int count) {
        return nulls(NullExperts.Kind.ZERO, count);
    }

    /** m, null experts that pass x on. */
    public HostRouterAssert hasIdentityNulls(int count) {
        return nulls(NullExperts.Kind.IDENTITY, count);
    }

    /** Null experts that the surgery adds: the rows of {@code gate2}. */
    public HostRouterAssert addsNullExperts(int count) {
        return same("added null experts:", count, actual.added());
    }

    /** How the added rows start. */
    public HostRouterAssert startsNullRows(RouterInit init) {
        return same(
                "null rows that start",
                init,
                actual.added() == 0 ? "nowhere" : actual.router().init());
    }

    /** k, null experts included. */
    public HostRouterAssert routesTopK(int k) {
        return same("as its selection", new Selection.TopK(k), actual.router().selection());
    }

    public HostRouterAssert normalises(Normalisation normalisation) {
        return same("as its normalisation", normalisation, actual.router().normalisation());
    }

    /** True experts per token where all experts are selected equally often: k·n/(n+m). */
    public HostRouterAssert hasBalancedLoad(double load) {
        double found = actual.balancedLoad();
        return Math.abs(found - load) < 5e-3 ? this : same("as its balanced load", load, found);
    }

    /** The coefficient of the balance loss that is in force. */
    public HostRouterAssert hasBalance(Schedule coefficient) {
        return same("as its balance coefficient", coefficient, balance());
    }

    /** Neither a balance loss of its own nor the pretraining's. */
    public HostRouterAssert hasNoBalance() {
        return same("as its balance coefficient", "none", balance());
    }

    /** Its rows stay as pretrained. */
    public HostRouterAssert isFrozen() {
        return same("rows that are", "frozen", actual.learning().isEmpty() ? "frozen" : "trained");
    }

    /** What the rows of its true experts learn from. */
    public HostRouterAssert trueRowsLearnFrom(Signal signal) {
        return same("as the true experts' signal", signal, learnsFrom(true));
    }

    /** What the rows of its null experts learn from. */
    public HostRouterAssert nullRowsLearnFrom(Signal signal) {
        return same("as the null experts' signal", signal, learnsFrom(false));
    }

    /** How close to the base's output its block is untrained. */
    public HostRouterAssert starts(Identity identity) {
        return same("a start that is", identity, actual.start().identity());
    }

    private HostRouterAssert nulls(NullExperts.Kind kind, int count) {
        NullExperts nulls = actual.router().nulls();
        String none = "none";
        return same(
                "null experts:",
                count == 0 ? none : count + " " + kind,
                nulls.count() == 0 ? none : nulls.count() + " " + nulls.kind());
    }

    private Object balance() {
        return actual.router().balance().<Object>map(Balance::coefficient).orElse("none");
    }

    private Object learnsFrom(boolean trueRows) {
        return actual.learning()
                .<Object>map(trueRows ? RouterLearning::trueRows : RouterLearning::nullRows)
                .orElse("nothing: it is frozen");
    }

    private HostRouterAssert same(String what, Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw failure(
                    "%nExpecting pretrained router:%n  %s%nto have %s%n  %s%nbut it has:%n  %s",
                    actual.module(), what, expected, found);
        }
        return this;
    }
}
