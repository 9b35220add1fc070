/** Tests of the tensor composites against plain loops and golden numbers. */
@NullMarked
package dev.graft.runtime.engine;

import org.jspecify.annotations.NullMarked;
