/** Tensor composites: the TorchScript archive that the program writes itself, and its methods as typed Java. */
@NullMarked
package dev.graft.runtime.engine;

import org.jspecify.annotations.NullMarked;
