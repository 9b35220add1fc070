package dev.graft.assertj;

import dev.graft.surgery.InjectionPlan;
import org.assertj.core.api.AbstractSoftAssertions;

/**
 * Collects the failures of several assertions; {@link GraftAssertions#assertSoftly} runs them. What follows {@link
 * InjectionPlanAssert#site} is not collected: use {@link InjectionPlanAssert#everySite} there.
 */
public class PlanSoftAssertions extends AbstractSoftAssertions {

    public InjectionPlanAssert assertThat(InjectionPlan plan) {
        return proxy(InjectionPlanAssert.class, InjectionPlan.class, plan);
    }
}
