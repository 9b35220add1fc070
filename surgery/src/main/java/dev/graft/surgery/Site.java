package dev.graft.surgery;

import dev.graft.checkpoint.DType;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Router;
import dev.graft.dsl.Stack;
import dev.graft.issue.CallSite;
import java.util.Optional;

/**
 * One adapted module.
 *
 * @param key where it is
 * @param module its name in the checkpoint, without {@code .weight}
 * @param in width of its input
 * @param out width of its output
 * @param dtype of the frozen weight
 * @param input the stack whose tokens it reads (cross-attention's k and v read the encoder's)
 * @param experts what is put there
 * @param router who weighs the experts; empty for a plain adapter, and inside pretrained experts, which their own router
 *     weighs
 * @param learning how the router's rows learn; empty without rows
 * @param start whether the surgery leaves the output unchanged before training
 * @param merging whether the trained adapter folds into the weight
 * @param at the user's line that asked for it
 */
public record Site(
        SiteKey key,
        String module,
        int in,
        int out,
        DType dtype,
        Stack input,
        Experts experts,
        Optional<Router> router,
        Optional<RouterLearning> learning,
        Start start,
        Merging merging,
        CallSite at) {

    /** The rows of its router: true and null experts; 0 without one. */
    public int routerRows() {
        return router.filter(Router::hasRows)
                .map(r -> experts.count() + r.nulls().count())
                .orElse(0);
    }

    /**
     * What a group of router rows learns from.
     *
     * @param trueRows the rows of the true experts
     * @param nullRows the rows of the null experts; NOTHING_TO_LEARN where there are none
     */
    public record RouterLearning(Signal trueRows, Signal nullRows) {}

    /** Where a router row's gradient comes from. */
    public enum Signal {
        LM_LOSS,
        BALANCE_LOSS_ONLY,
        NOTHING_TO_LEARN
    }

    /** Whether the model is unchanged at the start, and why not. */
    public record Start(Identity identity, String why) {}

    /** How close to the base model an untrained site is. */
    public enum Identity {
        /** Bit for bit. */
        EXACT,
        /** To 5e-6 relative. */
        ROUNDING,
        NO
    }

    /** Whether a trained site folds into its weight, and why not. */
    public record Merging(boolean possible, String why) {}
}
