/** Tests of adapter files. */
@NullMarked
package dev.graft.runtime.adapter;

import org.jspecify.annotations.NullMarked;
