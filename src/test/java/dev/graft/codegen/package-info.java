@NullMarked
package dev.graft.codegen;

import org.jspecify.annotations.NullMarked;
