package dev.graft.surgery;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;

/** Where a site is; no two sites of a plan share it. */
public record SiteKey(Stack stack, int layer, BlockKind block, Role role) {}
