/** The {@code graft} command: each subcommand is a few lines over the public API of the other rooms. */
@NullMarked
package dev.graft.cli;

import org.jspecify.annotations.NullMarked;
