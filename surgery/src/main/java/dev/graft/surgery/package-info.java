/** Resolves a spec against a checkpoint's headers into a plan that can be read, diffed and tested without weights. */
@NullMarked
package dev.graft.surgery;

import org.jspecify.annotations.NullMarked;
