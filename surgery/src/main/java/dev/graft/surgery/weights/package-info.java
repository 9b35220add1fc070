/** Writes surgery into weights: checkpoints with wider routers, and checkpoints with trained adapters folded in. */
@NullMarked
package dev.graft.surgery.weights;

import org.jspecify.annotations.NullMarked;
