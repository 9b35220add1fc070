package dev.graft.assertj;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.surgery.Site;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.Signal;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about one {@link Site} of a plan; made by {@link InjectionPlanAssert#site(String)}. */
public class SiteAssert extends AbstractAssert<SiteAssert, Site> {
    private final @Nullable InjectionPlanAssert plan;

    public SiteAssert(Site actual, @Nullable InjectionPlanAssert plan) {
        super(actual, SiteAssert.class);
        this.plan = plan;
    }

    /** Back to the plan that {@link InjectionPlanAssert#site(String)} came from. */
    @CheckReturnValue
    public InjectionPlanAssert returnToPlan() {
        InjectionPlanAssert origin = plan;
        if (origin == null) {
            throw new IllegalStateException("this assertion did not start from a plan");
        }
        return origin;
    }

    /** Width of its input and of its output. */
    public SiteAssert hasShape(int in, int out) {
        return same("the shape", in + " -> " + out, actual.in() + " -> " + actual.out());
    }

    /** Of its LoRA experts or parallel adapters. */
    public SiteAssert hasRank(int rank) {
        Adapter adapter = actual.experts().adapter();
        return same(
                "LoRA experts of rank",
                rank,
                adapter instanceof Adapter.Lora lora
                        ? lora.rank()
                        : adapter instanceof Adapter.Parallel parallel ? parallel.rank() : adapter);
    }

    /** It stands beside a MoE block: the same input, added to its output (PERFT). */
    public SiteAssert isBesideBlock() {
        return same("as its role", Role.BESIDE, actual.key().role());
    }

    /** Its experts are parallel adapters W₂ silu(W₁ x). */
    public SiteAssert hasParallelAdapters() {
        return same(
                "experts that are",
                "parallel adapters",
                actual.experts().adapter() instanceof Adapter.Parallel
                        ? "parallel adapters"
                        : actual.experts().adapter());
    }

    public SiteAssert hasAlpha(double alpha) {
        return same(
                "LoRA experts of alpha",
                alpha,
                actual.experts().adapter() instanceof Adapter.Lora lora
                        ? lora.alpha()
                        : actual.experts().adapter());
    }

    /** Its experts are (IA)³ vectors. */
    public SiteAssert hasVectors() {
        return same("experts that are", new Adapter.Ia3(), actual.experts().adapter());
    }

    /** n, the true experts; 1 for a plain adapter. */
    public SiteAssert hasExperts(int count) {
        return same("true experts:", count, actual.experts().count());
    }

    /** m; 0 without a router. */
    public SiteAssert hasNullExperts(int count) {
        return same(
                "null experts:",
                count,
                actual.router().map(Router::nulls).map(NullExperts::count).orElse(0));
    }

    public SiteAssert hasNoRouter() {
        return same(
                "as its router",
                "none",
                actual.router().<Object>map(Router::selection).orElse("none"));
    }

    public SiteAssert routesTopK(int k) {
        return same("as its selection", new Selection.TopK(k), selection());
    }

    /** Each of its experts has the weight that the pretrained router gives its own expert (PERFT-E). */
    public SiteAssert followsPretrainedRouter() {
        return same("as its selection", new Selection.Pretrained(), selection());
    }

    /** Its experts count fully for every token (PERFT-D and PERFT-S). */
    public SiteAssert isAlwaysOn() {
        return scaledBy(ScaleSource.NONE);
    }

    /** Whose weights scale its experts. */
    public SiteAssert scaledBy(ScaleSource source) {
        return same(
                "as what scales its experts",
                source,
                actual.router().<Object>map(Router::scale).orElse("no router"));
    }

    /** The coefficient of its router's balance loss. */
    public SiteAssert hasBalance(Schedule coefficient) {
        return same(
                "as its balance coefficient",
                coefficient,
                actual.router()
                        .flatMap(Router::balance)
                        .<Object>map(Balance::coefficient)
                        .orElse("no balance loss"));
    }

    public SiteAssert routesTopP(double threshold) {
        return same("as its selection", new Selection.TopP(threshold), selection());
    }

    /** All experts, weighted with their probabilities. */
    public SiteAssert routesSoft() {
        return same("as its selection", new Selection.Soft(), selection());
    }

    /** What the weights of the selected are divided by. */
    public SiteAssert normalises(Normalisation normalisation) {
        return same(
                "as its normalisation",
                normalisation,
                actual.router().<Object>map(Router::normalisation).orElse("no router"));
    }

    /** What its router reads. */
    public SiteAssert routesBy(RouterInput input) {
        return same(
                "as its router's input",
                input,
                actual.router().<Object>map(Router::input).orElse("no router"));
    }

    /** What the router rows of its true experts learn from. */
    public SiteAssert trueRowsLearnFrom(Signal signal) {
        return same(
                "as the true experts' signal",
                signal,
                actual.learning().<Object>map(Site.RouterLearning::trueRows).orElse("no router"));
    }

    /** What the router rows of its null experts learn from. */
    public SiteAssert nullRowsLearnFrom(Signal signal) {
        return same(
                "as the null experts' signal",
                signal,
                actual.learning().<Object>map(Site.RouterLearning::nullRows).orElse("no router"));
    }

    /** Untrained, it gives the base's output bit for bit. */
    public SiteAssert startsExactly() {
        return starts(Identity.EXACT);
    }

    /** How close to the base's output it is untrained. */
    public SiteAssert starts(Identity identity) {
        if (actual.start().identity() != identity) {
            throw failure(
                    "%nExpecting site:%n  %s%nto start:%n  %s%nbut it starts:%n  %s (%s)",
                    actual.module(),
                    identity,
                    actual.start().identity(),
                    actual.start().why());
        }
        return this;
    }

    /** Trained, it folds into its weight. */
    public SiteAssert isMergeable() {
        return merges(true);
    }

    public SiteAssert isNotMergeable() {
        return merges(false);
    }

    /** The file of the user's source that asked for it, such as {@code MySpec.java}. */
    public SiteAssert isAskedForIn(String file) {
        return same("as the file that asks for it", file, actual.at().file());
    }

    private SiteAssert merges(boolean possible) {
        if (actual.merging().possible() != possible) {
            throw failure(
                    "%nExpecting site:%n  %s%n%s be mergeable, but: %s",
                    actual.module(),
                    possible ? "to" : "not to",
                    actual.merging().why());
        }
        return this;
    }

    private Object selection() {
        return actual.router().<Object>map(Router::selection).orElse("no router");
    }

    private SiteAssert same(String what, Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw failure(
                    "%nExpecting site:%n  %s%nto have %s%n  %s%nbut it has:%n  %s",
                    actual.module(), what, expected, found);
        }
        return this;
    }
}
