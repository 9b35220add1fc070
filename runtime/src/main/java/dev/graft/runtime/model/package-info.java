/** What generated models stand on: frozen weights, trainable leaves, one forward pass and its routing. */
@NullMarked
package dev.graft.runtime.model;

import org.jspecify.annotations.NullMarked;
