/** What happens when files, disks, memory or processes fail. */
@NullMarked
package dev.graft.faults;

import org.jspecify.annotations.NullMarked;
