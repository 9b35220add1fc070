package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.Example;
import dev.graft.runtime.model.Predictions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Options in as few sequences as tell their likelihoods: those that differ in their last token only are one, because
 * nothing reads that token.
 *
 * @param sequences that a model reads, one after the other
 * @param states for each supervised token of each option, the place of the hidden state that predicts it [N]
 * @param labels the tokens themselves [N]
 */
@SuppressWarnings("ArrayRecordComponent") // goes to the engine as it is
record OptionStates(List<Example> sequences, long[] states, long[] labels) {

    static OptionStates of(List<Example> options) {
        List<Example> sequences = new ArrayList<>();
        List<Integer> begins = new ArrayList<>(); // of the sequences
        List<Integer> starts = new ArrayList<>(); // of the options
        int end = 0;
        for (Example option : options) {
            int sequence = alike(option, sequences);
            if (sequence == sequences.size()) {
                sequences.add(option);
                begins.add(end);
                end += option.read();
            }
            starts.add(begins.get(sequence));
        }
        Predictions predictions = Predictions.of(options, starts);
        return new OptionStates(List.copyOf(sequences), predictions.states(), predictions.labels());
    }

    /** The first of the sequences that can stand for the option; their number if none can. */
    private static int alike(Example option, List<Example> sequences) {
        int last = option.ids().length - 1;
        for (int i = 0; i < sequences.size(); i++) {
            Example known = sequences.get(i);
            if (known.ids().length == option.ids().length
                    && Arrays.equals(known.ids(), 0, last, option.ids(), 0, last)
                    && Arrays.equals(known.source(), option.source())) {
                return i;
            }
        }
        return sequences.size();
    }
}
