/** The training loop's parts: steps, updates, saved states, validation and metrics. */
@NullMarked
package dev.graft.runtime.train;

import org.jspecify.annotations.NullMarked;
