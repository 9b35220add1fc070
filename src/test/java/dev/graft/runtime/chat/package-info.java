@NullMarked
package dev.graft.runtime.chat;

import org.jspecify.annotations.NullMarked;
