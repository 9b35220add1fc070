package dev.graft.surgery;

import dev.graft.dsl.Balance;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
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
 * @param bySentence whether a row is a sequence
 * @param pretrained whether they are the MoE blocks' own routers, which pool with no others
 */
public record BalancePool(
        Stack stack,
        OptionalInt layer,
        int experts,
        int nulls,
        boolean bySentence,
        boolean pretrained,
        Balance balance,
        List<SiteKey> sites) {
    public BalancePool {
        sites = List.copyOf(sites);
    }

    /** The pools of a plan's routers: the pretrained ones first, then in the order of the first site. */
    static List<BalancePool> of(List<Site> sites, List<HostRouter> hosts) {
        Map<BalancePool, List<SiteKey>> pools = new LinkedHashMap<>();
        for (HostRouter host : hosts) {
            SiteKey key = new SiteKey(Stack.DECODER, host.layer(), BlockKind.MOE, Role.ROUTER);
            host.router()
                    .balance()
                    .ifPresent(balance -> pools.computeIfAbsent(
                                    empty(key, Stack.DECODER, host.experts(), host.router(), balance, true),
                                    pool -> new ArrayList<>())
                            .add(key));
        }
        for (Site site : sites) {
            site.router()
                    .flatMap(router -> router.balance()
                            .map(balance -> empty(
                                    site.key(), site.input(), site.experts().count(), router, balance, false)))
                    .ifPresent(pool -> pools.computeIfAbsent(pool, key -> new ArrayList<>())
                            .add(site.key()));
        }
        return pools.entrySet().stream()
                .map(entry -> entry.getKey().with(entry.getValue()))
                .toList();
    }

    private static BalancePool empty(
            SiteKey key, Stack input, int experts, Router router, Balance balance, boolean pretrained) {
        boolean perLayer = balance.scope() == Balance.Scope.PER_LAYER;
        return new BalancePool(
                input,
                perLayer ? OptionalInt.of(key.layer()) : OptionalInt.empty(),
                experts,
                router.nulls().count(),
                router.input() == RouterInput.SENTENCE,
                pretrained,
                balance,
                List.of());
    }

    private BalancePool with(List<SiteKey> members) {
        return new BalancePool(stack, layer, experts, nulls, bySentence, pretrained, balance, members);
    }
}
