package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.List;
import java.util.Optional;

/**
 * A spec, frozen: where routed experts go and how they are trained. Made by {@link Graft#surgery}.
 *
 * @param name a Java-like name; the generated classes and the report carry it
 * @param injections in the order written
 * @param trainingAt the user's line of the training settings; empty where the spec leaves them at their defaults
 */
public record Surgery(String name, List<Injection> injections, Training training, Optional<CallSite> trainingAt) {
    public Surgery {
        injections = List.copyOf(injections);
    }

    /** With training settings that no line of a spec has written. */
    public Surgery(String name, List<Injection> injections, Training training) {
        this(name, injections, training, Optional.empty());
    }

    /** The same surgery with other training settings. */
    public Surgery withTraining(Training other) {
        return new Surgery(name, injections, other);
    }
}
