/** What {@code graft bench} measures with: inputs of a size that nobody wants to download. */
@NullMarked
package dev.graft.cli.bench;

import org.jspecify.annotations.NullMarked;
