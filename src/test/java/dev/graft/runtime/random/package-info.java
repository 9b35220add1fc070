@NullMarked
package dev.graft.runtime.random;

import org.jspecify.annotations.NullMarked;
