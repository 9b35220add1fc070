/** From files to examples of token ids, and from examples to the batches of a run, in an order that can be resumed. */
@NullMarked
package dev.graft.runtime.data;

import org.jspecify.annotations.NullMarked;
