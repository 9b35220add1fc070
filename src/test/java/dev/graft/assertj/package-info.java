@NullMarked
package dev.graft.assertj;

import org.jspecify.annotations.NullMarked;
