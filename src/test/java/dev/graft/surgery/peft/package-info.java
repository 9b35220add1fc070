@NullMarked
package dev.graft.surgery.peft;

import org.jspecify.annotations.NullMarked;
