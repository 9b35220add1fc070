/** A checkpoint as data: safetensors files, their index, the model's configuration, and output that is absent or complete. */
@NullMarked
package dev.graft.checkpoint;

import org.jspecify.annotations.NullMarked;
