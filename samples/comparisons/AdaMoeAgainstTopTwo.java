import static dev.graft.dsl.Graft.overRun;

import dev.graft.dsl.Balance;
import dev.graft.dsl.Surgery;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.ShakespeareComparison;
import java.util.List;

/**
 * AdaMoE on a MoE model (arXiv 2406.13233) against the same LoRA on router and experts without null experts: does a model
 * that may skip experts get as far with less work?
 */
public final class AdaMoeAgainstTopTwo implements ShakespeareComparison {
    @Override
    public String base() {
        return "tiny-mixtral";
    }

    @Override
    public List<Surgery> specs() {
        Balance pooled = Balance.of(overRun(2e-2, 1e-4));
        return List.of(
                AdaMoeMixtral.withoutNulls(),
                new AdaMoeMixtral().define(),
                AdaMoeMixtral.widened("adamoe-16-5", 16, 5, pooled),
                AdaMoeMixtral.widened("adamoe-8-4-per-layer", 8, 4, pooled.scope(Balance.Scope.PER_LAYER)));
    }
}
