/** Adapter files: the trained tensors of a run, and what they say about the base that they belong to. */
@NullMarked
package dev.graft.runtime.adapter;

import org.jspecify.annotations.NullMarked;
