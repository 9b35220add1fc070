/** Makes a run's page and model card from the files that the run left: the plan, the metrics and a shaded passage. */
@NullMarked
package dev.graft.report;

import org.jspecify.annotations.NullMarked;
