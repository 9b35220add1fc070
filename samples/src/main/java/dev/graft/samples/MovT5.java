package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Router;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * MoV on T5 v1.1 as in its paper (arXiv 2309.05444): ten (IA)³ vectors on keys and values of every attention and on the
 * activated hidden state of every FFN, averaged by a soft router for each token. With {@code
 * soft().input(PROJECTED_PER_HEAD)} it is the form of the published code.
 */
public final class MovT5 implements Spec {
    private final String name;
    private final int experts;
    private final Router router;

    public MovT5() {
        this("mov-t5", 10, soft());
    }

    /** With another number of vectors, or another router: {@code topK(2)}, {@code soft().perSentence()}. */
    public MovT5(String name, int experts, Router router) {
        this.name = name;
        this.experts = experts;
        this.router = router;
    }

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-t5");
    }

    @Override
    public Surgery define() {
        return surgery(name, s -> {
            Methods.movOnT5(experts, router).accept(s);
            s.training(t ->
                    t.adafactor(1e-1).cosine(5).steps(120).batch(16).length(128).validateEvery(40));
        });
    }
}
