package dev.graft.runtime.model;

import dev.graft.dsl.Router;
import dev.graft.runtime.engine.RouterDecision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the routers of one forward pass decided, in the order in which they ran. */
public final class Routing {
    /** What the pretrained router of a MoE block is called among a layer's routers. */
    private static final String PRETRAINED = "experts";

    private final List<Entry> entries = new ArrayList<>();

    void addPretrained(Side side, int layer, Router router, RouterDecision decision) {
        entries.add(new Entry(side, layer, PRETRAINED, router, decision));
    }

    void add(Entry entry) {
        entries.add(entry);
    }

    /** Whether a layer's group of this name is its MoE block. */
    static boolean isPretrained(String group) {
        return group.equals(PRETRAINED);
    }

    public List<Entry> entries() {
        return Collections.unmodifiableList(entries);
    }

    /**
     * The routers of a group of sites in one layer.
     *
     * @param side whose tokens they route
     * @param group its name within the layer
     * @param router their semantics
     */
    public record Entry(Side side, int layer, String group, Router router, RouterDecision decision) {

        /** Whether it is the router of a MoE block itself. */
        public boolean isPretrained() {
            return Routing.isPretrained(group);
        }
    }
}
