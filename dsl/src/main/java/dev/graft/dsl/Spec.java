package dev.graft.dsl;

import java.util.Optional;

/**
 * What a spec file holds: {@code graft plan MySpec.java --base FOLDER} compiles the file and takes the one public class
 * in it that implements this interface and has a constructor without parameters.
 */
@FunctionalInterface
public interface Spec {

    Surgery define();

    /** Name of the embedded checkpoint that the spec is meant for, where {@code --base} says nothing. */
    default Optional<String> base() {
        return Optional.empty();
    }
}
