/** What {@code graft bench} measures: planning on a checkpoint that nobody wants to download, and a training step by phase. */
@NullMarked
package dev.graft.cli.bench;

import org.jspecify.annotations.NullMarked;
