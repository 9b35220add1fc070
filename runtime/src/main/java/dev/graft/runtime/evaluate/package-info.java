/** What a trained model is worth: loading base and adapter, and choosing among answers by likelihood. */
@NullMarked
package dev.graft.runtime.evaluate;

import org.jspecify.annotations.NullMarked;
