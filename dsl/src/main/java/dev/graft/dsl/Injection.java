package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.List;
import java.util.Optional;

/**
 * One sentence of a spec: these experts at these sites, with this router.
 *
 * @param layers which layers of the stack
 * @param stack which stack
 * @param block which block of a layer
 * @param roles which maps of the block, in the order written
 * @param experts what is put there
 * @param router who weighs the experts; empty for a plain adapter
 * @param at the user's line
 */
public record Injection(
        LayerSelector layers,
        Stack stack,
        BlockKind block,
        List<Role> roles,
        Experts experts,
        Optional<Router> router,
        CallSite at) {
    public Injection {
        roles = List.copyOf(roles);
    }

    /** The same in another stack. */
    public Injection in(Stack other) {
        return new Injection(layers, other, block, roles, experts, router, at);
    }
}
