package dev.graft.dsl;

import java.util.Optional;

/**
 * A mixture's router, described by these fields and by nothing hidden. Scores are an fp32 softmax over all experts, true
 * and null, without bias. Made by {@link Graft#soft()}, {@link Graft#topK(int)} or {@link Graft#topP(double)}; every
 * method returns a changed copy.
 *
 * @param input what the router reads
 * @param init how its rows start
 * @param selection which experts are let through
 * @param normalisation what their weights are divided by
 * @param merge what the weights average
 * @param scale whose weights they are
 * @param nulls experts that cost nothing
 * @param balance the balance loss, if any
 */
public record Router(
        RouterInput input,
        RouterInit init,
        Selection selection,
        Normalisation normalisation,
        Merge merge,
        ScaleSource scale,
        NullExperts nulls,
        Optional<Balance> balance) {

    static Router of(Selection selection) {
        return new Router(
                RouterInput.MODULE_INPUT,
                RouterInit.NORMAL,
                selection,
                Normalisation.NONE,
                Merge.OUTPUTS,
                ScaleSource.OWN_ROUTER,
                NullExperts.NONE,
                Optional.empty());
    }

    /** Whether it decides with rows of its own: not where the pretrained router decides, nor where all weigh 1. */
    public boolean hasRows() {
        return scale != ScaleSource.NONE && !(selection instanceof Selection.Pretrained);
    }

    public Router input(RouterInput value) {
        return new Router(value, init, selection, normalisation, merge, scale, nulls, balance);
    }

    /** One mixture per sequence, from the mean of the prompt's tokens. */
    public Router perSentence() {
        return input(RouterInput.SENTENCE);
    }

    public Router init(RouterInit value) {
        return new Router(input, value, selection, normalisation, merge, scale, nulls, balance);
    }

    public Router select(Selection value) {
        return new Router(input, init, value, normalisation, merge, scale, nulls, balance);
    }

    public Router normalise(Normalisation value) {
        return new Router(input, init, selection, value, merge, scale, nulls, balance);
    }

    public Router merge(Merge value) {
        return new Router(input, init, selection, normalisation, value, scale, nulls, balance);
    }

    public Router scale(ScaleSource value) {
        return new Router(input, init, selection, normalisation, merge, value, nulls, balance);
    }

    /** m null experts that map to zero; the weights are then normalised over the selected true experts (AdaMoE). */
    public Router nullExperts(int m) {
        return nullExperts(new NullExperts(m, NullExperts.Kind.ZERO, NullExperts.Share.RAW));
    }

    /** m null experts that pass x on, weighted with their own probabilities; normalised like {@link #nullExperts}. */
    public Router identityNulls(int m) {
        return nullExperts(new NullExperts(m, NullExperts.Kind.IDENTITY, NullExperts.Share.RAW));
    }

    public Router nullExperts(NullExperts value) {
        return new Router(input, init, selection, Normalisation.SELECTED_TRUE, merge, scale, value, balance);
    }

    /** Adds the balance loss {@link Balance#of} with this coefficient. */
    public Router balance(Schedule coefficient) {
        return balance(Balance.of(coefficient));
    }

    public Router balance(Balance value) {
        return new Router(input, init, selection, normalisation, merge, scale, nulls, Optional.of(value));
    }
}
