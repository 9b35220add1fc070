/** Problems as data: what every room reports when an input, a spec or a run can't be used as it is. */
@NullMarked
package dev.graft.issue;

import org.jspecify.annotations.NullMarked;
