package dev.graft.runtime.data;

import java.util.List;

/**
 * Examples in file order.
 *
 * @param summary what was read and what was cut or left out
 */
public record Dataset(List<Example> examples, DataSummary summary) {
    public Dataset {
        examples = List.copyOf(examples);
    }
}
