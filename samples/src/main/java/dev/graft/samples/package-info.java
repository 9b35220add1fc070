/** Specs that people start from, one a file. */
@NullMarked
package dev.graft.samples;

import org.jspecify.annotations.NullMarked;
