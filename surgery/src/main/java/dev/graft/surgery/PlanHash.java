package dev.graft.surgery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** SHA-256 over canonical JSON. Neither hash sees a path, a call site or an option that means nothing where it stands. */
final class PlanHash {
    private static final JsonMapper JSON = JsonForms.canonical();

    private PlanHash() {}

    /** What decides the function that a trained adapter computes: base, sites, experts, routers, tensor shapes. */
    static String model(BaseModel base, List<SiteGroup> groups) {
        List<Map<String, Object>> sites = groups.stream()
                .flatMap(group -> group.sites().stream())
                .map(site -> site(site, computing(site.experts()), site.router().map(PlanHash::computing)))
                .toList();
        List<Map<String, Object>> tensors = leaves(groups).stream()
                .flatMap(leaf -> leaf.pieces().stream())
                .map(piece -> Map.<String, Object>of("tensor", piece.tensor(), "shape", piece.shape()))
                .toList();
        return sha256(Map.of("headers", base.headersHash(), "shape", base.shape(), "sites", sites, "tensors", tensors));
    }

    /** That, and what decides how the adapter is trained: name, starts, dropout, balance, layout, training settings. */
    static String plan(Surgery surgery, BaseModel base, List<SiteGroup> groups) {
        List<Map<String, Object>> sites = groups.stream()
                .flatMap(group -> group.sites().stream())
                .map(site -> site(site, site.experts(), site.router()))
                .toList();
        return sha256(Map.of(
                "model", model(base, groups),
                "name", surgery.name(),
                "sites", sites,
                "leaves", leaves(groups),
                "training", surgery.training()));
    }

    private static Map<String, Object> site(Site site, Experts experts, Optional<Router> router) {
        return Map.of("module", site.module(), "key", site.key(), "experts", experts, "router", router);
    }

    private static List<Leaf> leaves(List<SiteGroup> groups) {
        return groups.stream().flatMap(group -> group.leaves().stream()).toList();
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
            byte[] json = JSON.writeValueAsString(content).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
