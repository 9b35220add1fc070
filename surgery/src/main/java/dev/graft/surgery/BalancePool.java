package dev.graft.surgery;

import dev.graft.dsl.Balance;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Stack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The routed sites whose rows share one f and one P in the balance loss; the losses of all pools are summed. Only routers
 * with equal (n, m) and equal settings pool; stacks and sentence routers (one row a sequence) keep to themselves.
 *
 * @param layer the layer, where the scope is one pool a layer
 * @param experts n
 * @param nulls m
 */
public record BalancePool(
        Stack stack,
        OptionalInt layer,
        int experts,
        int nulls,
        boolean bySentence,
        Balance balance,
        List<SiteKey> sites) {
    public BalancePool {
        sites = List.copyOf(sites);
    }

    /** The pools of a plan's sites, in the order of their first site. */
    static List<BalancePool> of(List<Site> sites) {
        Map<BalancePool, List<SiteKey>> pools = new LinkedHashMap<>();
        for (Site site : sites) {
            site.router()
                    .flatMap(router -> router.balance().map(balance -> empty(site, router, balance)))
                    .ifPresent(pool -> pools.computeIfAbsent(pool, key -> new ArrayList<>())
                            .add(site.key()));
        }
        return pools.entrySet().stream()
                .map(entry -> entry.getKey().with(entry.getValue()))
                .toList();
    }

    private static BalancePool empty(Site site, Router router, Balance balance) {
        boolean perLayer = balance.scope() == Balance.Scope.PER_LAYER;
        return new BalancePool(
                site.input(),
                perLayer ? OptionalInt.of(site.key().layer()) : OptionalInt.empty(),
                site.experts().count(),
                router.nulls().count(),
                router.input() == RouterInput.SENTENCE,
                balance,
                List.of());
    }

    private BalancePool with(List<SiteKey> members) {
        return new BalancePool(stack, layer, experts, nulls, bySentence, balance, members);
    }
}
