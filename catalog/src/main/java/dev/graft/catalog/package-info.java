/** Architectures as data (one JSON a {@code model_type}) and the papers' methods as ready-made spec fragments. */
@NullMarked
package dev.graft.catalog;

import org.jspecify.annotations.NullMarked;
