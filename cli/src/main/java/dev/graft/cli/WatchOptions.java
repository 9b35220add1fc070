package dev.graft.cli;

import dev.graft.runtime.train.FlopsCount;
import dev.graft.runtime.train.Watching;
import picocli.CommandLine.Option;

/** What a run looks out for. */
final class WatchOptions {
    @Option(
            names = "--routing-every",
            paramLabel = "STEPS",
            defaultValue = "1",
            description = "How often metrics and curves tell every expert's share and probability and every router's"
                    + " entropy; 0 for never, by default after every step.")
    private int routingEvery;

    @Option(
            names = "--collapse-after",
            paramLabel = "STEPS",
            defaultValue = "20",
            description = "For how many steps in a row a router must leave an expert without tokens, or give one nearly"
                    + " all, to be reported as collapsed; 0 for never, by default ${DEFAULT-VALUE}.")
    private int collapseAfter;

    Watching watching() {
        OptionValues.requireAtLeast("--routing-every", routingEvery, 0);
        OptionValues.requireAtLeast("--collapse-after", collapseAfter, 0);
        return new Watching(routingEvery, collapseAfter, FlopsCount.NONE);
    }
}
