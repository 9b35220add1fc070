/** Compares a model with the numbers that a reference implementation computed with the same weights. */
@NullMarked
package dev.graft.runtime.parity;

import org.jspecify.annotations.NullMarked;
