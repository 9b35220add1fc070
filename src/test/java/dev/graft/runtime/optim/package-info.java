/** Tests of optimizers and schedules against golden trajectories. */
@NullMarked
package dev.graft.runtime.optim;

import org.jspecify.annotations.NullMarked;
