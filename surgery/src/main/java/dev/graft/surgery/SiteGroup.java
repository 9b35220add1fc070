package dev.graft.surgery;

import java.util.List;
import java.util.Optional;

/**
 * Sites of one layer that share their input, their kind of experts and their router's semantics: one router product and
 * one product with the stacked A serve them all, and where the routers read what A reads, one product is both.
 *
 * @param name of the group within its layer, such as {@code attention_input}; the same in every layer of equal structure
 * @param layer its number among the layers of both stacks
 * @param sites in the order of their roles; at least one
 * @param router the leaf of their routers, if they have any and those are not in {@code stacked}
 * @param stacked the leaf of their stacked A, if their experts are LoRAs; the routers' rows in it, if those read what A reads
 * @param own one leaf a site: its B, or its (IA)³ vectors
 */
public record SiteGroup(
        String name, int layer, List<Site> sites, Optional<Leaf> router, Optional<Leaf> stacked, List<Leaf> own) {
    public SiteGroup {
        sites = List.copyOf(sites);
        own = List.copyOf(own);
    }

    public Site first() {
        return sites.get(0);
    }

    /** Whether {@code stacked} holds the routers' rows. */
    public boolean routesWithA() {
        return stacked.filter(leaf -> leaf.kind() == Leaf.Kind.ROUTED_LORA_A).isPresent();
    }

    /** Router, stacked A, then the sites' own: the order of the flat buffer. */
    public List<Leaf> leaves() {
        List<Leaf> all = new java.util.ArrayList<>();
        router.ifPresent(all::add);
        stacked.ifPresent(all::add);
        all.addAll(own);
        return List.copyOf(all);
    }
}
