@NullMarked
package dev.graft.samples;

import org.jspecify.annotations.NullMarked;
