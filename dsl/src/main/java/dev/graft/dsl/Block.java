package dev.graft.dsl;

import java.util.function.Consumer;

/**
 * A nested block of a spec: a lambda with the receiver {@code S}. A spec fragment is a value of this type.
 *
 * @param <S> the receiver, valid only while the block runs
 */
@FunctionalInterface
public interface Block<S> extends Consumer<S> {

    /** The block that says nothing: every option keeps its default. */
    static <S> Block<S> defaults() {
        return receiver -> {};
    }

    /** This fragment, then {@code next} on the same receiver. */
    default Block<S> then(Block<? super S> next) {
        return receiver -> {
            accept(receiver);
            next.accept(receiver);
        };
    }
}
