/** Trainable values in one flat buffer, and the optimizers, clipping and schedules that move them. */
@NullMarked
package dev.graft.runtime.optim;

import org.jspecify.annotations.NullMarked;
