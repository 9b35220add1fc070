@NullMarked
package dev.graft.surgery;

import org.jspecify.annotations.NullMarked;
