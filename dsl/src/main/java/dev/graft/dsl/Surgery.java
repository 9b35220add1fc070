package dev.graft.dsl;

import java.util.List;

/**
 * A spec, frozen: where routed experts go and how they are trained. Made by {@link Graft#surgery}.
 *
 * @param name a Java-like name; the generated classes and the report carry it
 * @param injections in the order written
 */
public record Surgery(String name, List<Injection> injections, Training training) {
    public Surgery {
        injections = List.copyOf(injections);
    }

    /** The same surgery with other training settings. */
    public Surgery withTraining(Training other) {
        return new Surgery(name, injections, other);
    }
}
