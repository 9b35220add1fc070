package dev.graft.codegen;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Blocks that carry the same experts at the same roles: they share one method in the generated file.
 *
 * @param kind attention, cross-attention, FFN or MoE
 * @param method its name: {@code attention} where all are equal; otherwise how it differs, such as {@code plainFfn} or
 *     {@code attentionWithMixtureOnQv}
 * @param groups of the first layer that has it; those of the others differ in the layer's index alone
 * @param host the pretrained router of the first layer that has it; empty where the block has none
 */
record BlockStructure(Stack stack, BlockKind kind, String method, List<SiteGroup> groups, Optional<HostRouter> host) {

    /** What makes two blocks share a method. */
    static Object shape(List<SiteGroup> groups, Optional<HostRouter> host) {
        return List.of(groups(groups), host.map(router -> List.of(router.added(), router.router())));
    }

    private static Object groups(List<SiteGroup> groups) {
        return groups.stream()
                .map(group -> List.of(
                        group.name(),
                        group.sites().stream()
                                .map(site -> List.of(site.key().role(), site.experts(), site.router()))
                                .toList()))
                .toList();
    }

    /** What the groups carry, in words for a name: {@code MixtureOnQv}; empty for none. */
    static String describe(List<SiteGroup> groups) {
        TreeSet<String> kinds = new TreeSet<>();
        groups.forEach(group -> kinds.add(kind(group.first())));
        return kinds.stream().map(kind -> kind + "On" + roles(groups, kind)).collect(Collectors.joining("And"));
    }

    Optional<SiteGroup> groupOf(Role role) {
        return groups.stream()
                .filter(group ->
                        group.sites().stream().anyMatch(site -> site.key().role() == role))
                .findFirst();
    }

    private static String roles(List<SiteGroup> groups, String kind) {
        String letters = "";
        String words = "";
        for (SiteGroup group : groups) {
            for (Site site : group.sites()) {
                String role = Arrays.stream(site.key().role().name().split("_", -1))
                        .map(part -> part.charAt(0) + part.substring(1).toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining());
                if (!kind(site).equals(kind)) {
                    continue;
                }
                if (role.length() == 1) {
                    letters += letters.isEmpty() ? role : role.toLowerCase(Locale.ROOT);
                } else {
                    words += role;
                }
            }
        }
        return letters + words;
    }

    private static String kind(Site site) {
        if (site.key().role() == Role.BESIDE) {
            return "Adapters";
        }
        if (site.experts().count() > 1 && site.router().isPresent()) {
            return "Mixture";
        }
        return site.experts().adapter() instanceof Adapter.Ia3 ? "Ia3" : "Lora";
    }
}
