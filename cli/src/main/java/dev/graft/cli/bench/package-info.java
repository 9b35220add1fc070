/**
 * What {@code graft bench} measures: planning on a checkpoint that nobody wants to download, a training step by phase,
 * and mixture-of-experts blocks.
 */
@NullMarked
package dev.graft.cli.bench;

import org.jspecify.annotations.NullMarked;
