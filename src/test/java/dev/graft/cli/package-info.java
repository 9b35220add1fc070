/** Runs the command line in this process. */
@NullMarked
package dev.graft.cli;

import org.jspecify.annotations.NullMarked;
