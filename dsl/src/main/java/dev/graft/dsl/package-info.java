/**
 * The language: receivers that are mutable inside their block only, selectors, and the immutable {@link
 * dev.graft.dsl.Surgery} that they freeze into. Uses no other room.
 */
@NullMarked
package dev.graft.dsl;

import org.jspecify.annotations.NullMarked;
