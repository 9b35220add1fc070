package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.List;
import java.util.Optional;

/**
 * A spec, frozen: where routed experts go and how they are trained. Made by {@link Graft#surgery}.
 *
 * @param name a Java-like name; the generated classes and the report carry it
 * @param injections in the order written
 * @param everything the user's line that has all pretrained weights trained; empty where they are frozen
 * @param trainingAt the user's line of the training settings; empty where the spec leaves them at their defaults
 */
public record Surgery(
        String name,
        List<Injection> injections,
        Optional<CallSite> everything,
        Training training,
        Optional<CallSite> trainingAt) {
    public Surgery {
        injections = List.copyOf(injections);
    }

    /** On frozen weights, with training settings that no line of a spec has written. */
    public Surgery(String name, List<Injection> injections, Training training) {
        this(name, injections, Optional.empty(), training, Optional.empty());
    }

    /** The same surgery with other training settings. */
    public Surgery withTraining(Training other) {
        return new Surgery(name, injections, everything, other, Optional.empty());
    }
}
