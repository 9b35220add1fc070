@NullMarked
package dev.graft.surgery.weights;

import org.jspecify.annotations.NullMarked;
