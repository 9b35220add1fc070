/** Adapters in the format of Hugging Face PEFT. */
@NullMarked
package dev.graft.surgery.peft;

import org.jspecify.annotations.NullMarked;
