package dev.graft.runtime.data;

import java.util.List;

/**
 * Examples in file order.
 *
 * @param parts what they come from, if that has names: tasks, whose examples follow one another; empty otherwise
 * @param summary what was read and what was cut or left out
 */
public record Dataset(List<Example> examples, List<Part> parts, DataSummary summary) {
    /** Nothing. */
    public static final Dataset NONE = new Dataset(List.of(), List.of(), new DataSummary(0, 0, 0, 0, 0));

    public Dataset {
        examples = List.copyOf(examples);
        parts = List.copyOf(parts);
    }

    /** The examples of a task. */
    public record Part(String name, List<Example> examples) {
        public Part {
            examples = List.copyOf(examples);
        }
    }

    /** The parts or, where they have no names, all examples as one without a name. */
    public List<Part> asParts() {
        return parts.isEmpty() ? List.of(new Part("", examples)) : parts;
    }
}
