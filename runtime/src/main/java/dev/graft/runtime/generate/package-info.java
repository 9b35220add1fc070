/** From logits to text: decoding with a KV cache, sampling and stopping. */
@NullMarked
package dev.graft.runtime.generate;

import org.jspecify.annotations.NullMarked;
