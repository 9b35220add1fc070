package dev.graft.surgery;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * SHA-256 over canonical JSON. Neither hash sees a path, a call site or an option that means nothing where it stands.
 * What sites have in common is hashed once and named by its number, so that hashing is fast for deep models.
 */
final class PlanHash {
    private static final JsonMapper JSON = JsonForms.canonical();

    private PlanHash() {}

    /** What decides the function that a trained adapter computes: base, sites, experts, routers, tensor shapes. */
    static String model(BaseModel base, List<SiteGroup> groups, List<HostRouter> hosts, List<Leaf> weights) {
        Numbered common = new Numbered();
        List<Object> sites = new ArrayList<>();
        List<Object> tensors = new ArrayList<>();
        for (SiteGroup group : groups) {
            for (Site site : group.sites()) {
                int number = common.number(Map.of(
                        "experts",
                        computing(site.experts()),
                        "router",
                        site.router().map(PlanHash::computing)));
                SiteKey key = site.key();
                sites.add(List.of(site.module(), key.stack(), key.layer(), key.block(), key.role(), number));
            }
            // Routers first: how leaves stack them does not count, and adapters know the hash of this order.
            for (boolean routers : new boolean[] {true, false}) {
                group.leaves().stream()
                        .flatMap(leaf -> leaf.pieces().stream())
                        .filter(piece -> piece.tensor().endsWith(".router") == routers)
                        .forEach(piece -> tensors.add(List.of(piece.tensor(), piece.shape())));
            }
        }
        weights.forEach(weight -> tensors.add(List.of(weight.name(), weight.shape())));
        return sha256(Map.of(
                "headers", base.headersHash(),
                "shape", base.shape(),
                "common", common.values(),
                "sites", sites,
                "tensors", tensors,
                "hosts", hosts(hosts, router -> computing(router).init(router.init()))));
    }

    /** That, and what decides how the adapter is trained: name, starts, dropout, balance, layout, training settings. */
    static String plan(
            Surgery surgery, String modelHash, List<SiteGroup> groups, List<HostRouter> hosts, List<Leaf> weights) {
        Numbered common = new Numbered();
        List<Object> sites = new ArrayList<>();
        List<Object> leaves = new ArrayList<>();
        for (SiteGroup group : groups) {
            group.sites()
                    .forEach(site ->
                            sites.add(common.number(Map.of("experts", site.experts(), "router", site.router()))));
            for (Leaf leaf : group.leaves()) {
                List<Integer> starts = leaf.pieces().stream()
                        .map(piece -> common.number(Map.of("init", piece.init())))
                        .toList();
                leaves.add(List.of(leaf.name(), leaf.kind(), leaf.offset(), starts));
            }
        }
        weights.forEach(weight -> leaves.add(List.of(weight.name(), weight.kind(), weight.offset())));
        return sha256(Map.of(
                "model",
                modelHash,
                "name",
                surgery.name(),
                "common",
                common.values(),
                "sites",
                sites,
                "leaves",
                leaves,
                "hosts",
                hosts(hosts, router -> router),
                "training",
                surgery.training()));
    }

    /** Each different router with the layers that have it. */
    private static List<Object> hosts(List<HostRouter> hosts, UnaryOperator<Router> seen) {
        Map<List<Object>, List<Object>> layers = new LinkedHashMap<>();
        hosts.forEach(host -> layers.computeIfAbsent(
                        List.of(host.experts(), host.added(), seen.apply(host.router())), key -> new ArrayList<>())
                .add(host.layer()));
        return layers.entrySet().stream()
                .<Object>map(entry -> List.of(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** The experts without what only training sees. */
    private static Experts computing(Experts experts) {
        return experts.adapter() instanceof Adapter.Lora lora
                ? new Experts(
                        experts.count(),
                        new Adapter.Lora(lora.rank(), lora.alpha(), Adapter.Lora.Init.KAIMING_UNIFORM, 0))
                : experts;
    }

    /** The router without what only training sees. */
    private static Router computing(Router router) {
        return new Router(
                router.input(),
                RouterInit.NORMAL,
                router.selection(),
                router.normalisation(),
                router.merge(),
                router.scale(),
                router.nulls(),
                Optional.empty());
    }

    private static String sha256(Map<String, Object> content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            JSON.writeValue(new DigestOutputStream(OutputStream.nullOutputStream(), digest), content);
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Different values in the order of their first appearance. */
    private static final class Numbered {
        private final Map<Object, Integer> numbers = new LinkedHashMap<>();

        int number(Object value) {
            return numbers.computeIfAbsent(value, unseen -> numbers.size());
        }

        List<Object> values() {
            return List.copyOf(numbers.keySet());
        }
    }
}
