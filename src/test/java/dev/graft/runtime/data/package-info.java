@NullMarked
package dev.graft.runtime.data;

import org.jspecify.annotations.NullMarked;
