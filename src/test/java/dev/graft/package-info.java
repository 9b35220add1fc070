@NullMarked
package dev.graft;

import org.jspecify.annotations.NullMarked;
