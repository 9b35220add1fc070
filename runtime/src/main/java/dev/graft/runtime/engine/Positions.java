package dev.graft.runtime.engine;

/** How attention knows where tokens stand; made once for a forward pass and used by every layer of a stack. */
public sealed interface Positions permits Angles, PositionBias {}
