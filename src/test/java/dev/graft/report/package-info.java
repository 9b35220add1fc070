/** Reads the pages that runs leave. */
@NullMarked
package dev.graft.report;

import org.jspecify.annotations.NullMarked;
