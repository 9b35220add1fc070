package dev.graft.surgery;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import java.util.Comparator;

/** Where a site is; no two sites of a plan share it. */
public record SiteKey(Stack stack, int layer, BlockKind block, Role role) {

    /** The order of a plan's sites: stack, layer, block, role. */
    public static final Comparator<SiteKey> ORDER = Comparator.comparing(SiteKey::stack)
            .thenComparing(SiteKey::layer)
            .thenComparing(SiteKey::block)
            .thenComparing(SiteKey::role);
}
