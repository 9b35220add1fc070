package dev.graft.runtime.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A data set and the ways to ask its questions.
 *
 * @param dataset what it is called in tables
 * @param split whether it is learnt from or measured on
 * @param questions the file
 * @param templates at least one
 * @param cap the most examples that it gives to a mixture; 0 for all its questions in every template
 */
public record Task(String dataset, Split split, Path questions, List<TaskTemplate> templates, int cap) {
    public Task {
        templates = List.copyOf(templates);
    }

    /** What a task is for. */
    public enum Split {
        TRAINING,
        HELD_OUT;

        static Optional<Split> named(String text) {
            return Stream.of(values())
                    .filter(split -> split.toString().equals(text))
                    .findFirst();
        }

        /** As it is written in files. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
