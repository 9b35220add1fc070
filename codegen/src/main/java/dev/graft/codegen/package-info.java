/** Writes the Java source of a patched model and of its training loop from a plan; the only user of JavaPoet. */
@NullMarked
package dev.graft.codegen;

import org.jspecify.annotations.NullMarked;
