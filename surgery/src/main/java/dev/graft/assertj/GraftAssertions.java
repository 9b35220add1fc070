package dev.graft.assertj;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Percentage;

/**
 * Assertions for plans: {@code import static dev.graft.assertj.GraftAssertions.*}.
 *
 * <pre>{@code
 * assertThat(plan)
 *         .injectsInto("model.layers.*.self_attn.q_proj")
 *         .doesNotTouch("lm_head.**")
 *         .trainsLessThan(percent(1));
 * assertThatPlanning(() -> Surgeon.plan(spec, base)).isRefusedWith("E_LAYER").mentioning("layer 99");
 * }</pre>
 *
 * Names are matched by globs: {@code *} stands for anything within a part of a dotted name, {@code **} for any parts,
 * and {@code a.**} for {@code a} and everything below it.
 */
@CheckReturnValue
public final class GraftAssertions {
    private GraftAssertions() {}

    public static InjectionPlanAssert assertThat(InjectionPlan plan) {
        return new InjectionPlanAssert(plan);
    }

    public static SiteAssert assertThat(Site site) {
        return new SiteAssert(site, null);
    }

    /** Runs the planning and keeps what it was refused for; a plan that was not refused fails on the next call. */
    public static RefusalAssert assertThatPlanning(ThrowingCallable planning) {
        return new RefusalAssert(refusal(planning));
    }

    /** Several assertions about plans whose failures are reported together. */
    public static void assertSoftly(Consumer<PlanSoftAssertions> assertions) {
        PlanSoftAssertions softly = new PlanSoftAssertions();
        assertions.accept(softly);
        softly.assertAll();
    }

    /** {@code percent(1)} is one in a hundred. */
    public static Percentage percent(double value) {
        return Percentage.withPercentage(value);
    }

    private static List<Issue> refusal(ThrowingCallable planning) {
        try {
            planning.call();
            return List.of();
        } catch (GraftException refused) {
            return refused.issues();
        } catch (Throwable other) {
            throw new AssertionError(
                    "Expecting the plan to be refused with issues, but planning threw " + other, other);
        }
    }
}
