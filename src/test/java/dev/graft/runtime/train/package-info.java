/** Tests of training runs: learning, accumulation, resumption, refusals, files. */
@NullMarked
package dev.graft.runtime.train;

import org.jspecify.annotations.NullMarked;
