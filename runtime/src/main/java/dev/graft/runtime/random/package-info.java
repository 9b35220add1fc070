/** Random numbers that come from counters: the same on every machine, in any order, and again after a resume. */
@NullMarked
package dev.graft.runtime.random;

import org.jspecify.annotations.NullMarked;
