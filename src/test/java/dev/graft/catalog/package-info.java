@NullMarked
package dev.graft.catalog;

import org.jspecify.annotations.NullMarked;
