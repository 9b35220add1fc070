/** Tests of measuring. */
@NullMarked
package dev.graft.runtime.evaluate;

import org.jspecify.annotations.NullMarked;
