import static dev.graft.dsl.Graft.constant;
import static dev.graft.dsl.Graft.overRun;

import dev.graft.dsl.Balance;
import dev.graft.dsl.Surgery;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.ShakespeareComparison;
import java.util.ArrayList;
import java.util.List;

/**
 * How far null experts and the balance coefficient trade work for loss, on one seed.
 */
public final class AdaMoeTradeOff implements ShakespeareComparison {
    @Override
    public String base() {
        return "tiny-mixtral";
    }

    @Override
    public List<Long> seeds() {
        return List.of(1L);
    }

    @Override
    public List<Surgery> specs() {
        Balance pooled = Balance.of(overRun(2e-2, 1e-4));
        List<Surgery> specs = new ArrayList<>(List.of(AdaMoeMixtral.withoutNulls()));
        for (int[] mk : new int[][] {{8, 2}, {8, 3}, {8, 4}, {16, 4}, {16, 5}, {16, 6}}) {
            specs.add(AdaMoeMixtral.widened("m" + mk[0] + "-k" + mk[1], mk[0], mk[1], pooled));
        }
        for (int[] mk : new int[][] {{8, 3}, {8, 4}, {8, 5}, {16, 5}, {16, 6}, {16, 7}}) {
            specs.add(AdaMoeMixtral.widened(
                    "m" + mk[0] + "-k" + mk[1] + "-per-layer",
                    mk[0],
                    mk[1],
                    pooled.scope(Balance.Scope.PER_LAYER)));
        }
        specs.add(AdaMoeMixtral.widened("m8-k3-constant-2e-2", 8, 3, Balance.of(constant(2e-2))));
        specs.add(AdaMoeMixtral.widened("m8-k3-constant-1e-4", 8, 3, Balance.of(constant(1e-4))));
        return specs;
    }
}
