package dev.graft.dsl;

import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import org.jspecify.annotations.Nullable;

/** Receiver of a mixture's block: what each expert is. */
public final class ExpertSpec {
    private final Scope scope;
    private final CallSite at;
    private @Nullable Adapter adapter;

    ExpertSpec(Scope scope, CallSite at) {
        this.scope = scope;
        this.at = at;
    }

    /** A LoRA of this rank, alpha twice the rank. */
    public void lora(int rank) {
        lora(rank, Block.defaults());
    }

    /** A LoRA of this rank. */
    public void lora(int rank, Block<? super LoraSpec> options) {
        scope.enter("lora");
        scope.nest("lora", inner -> new LoraSpec(inner, rank), (LoraSpec lora) -> {
            options.accept(lora);
            adapter = lora.freeze();
        });
    }

    /** An (IA)³ vector, starting at ones. */
    public void ia3() {
        scope.enter("ia3");
        adapter = new Adapter.Ia3();
    }

    /** A parallel adapter W₂ silu(W₁ x) of this rank, beside a MoE block (PERFT). */
    public void parallel(int rank) {
        parallel(rank, 0);
    }

    /** The same with dropout on its input. */
    public void parallel(int rank, double dropout) {
        scope.enter("parallel");
        adapter = new Adapter.Parallel(rank, dropout);
    }

    Adapter freeze() {
        Adapter chosen = adapter;
        if (chosen == null) {
            throw new GraftException(Issue.error("E_UNFINISHED", "the mixture does not say what its experts are")
                    .withFix("call lora(rank), ia3() or parallel(rank) in its block")
                    .at(at));
        }
        return chosen;
    }
}
