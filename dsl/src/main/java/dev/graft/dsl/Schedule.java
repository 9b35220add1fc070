package dev.graft.dsl;

import java.util.List;

/** A coefficient or a learning-rate factor over the course of a run. */
public sealed interface Schedule {

    /** The same value throughout. */
    record Constant(double value) implements Schedule {
        @Override
        public String toString() {
            return Double.toString(value);
        }
    }

    /** The coefficient that the model was pretrained with: {@code router_aux_loss_coef} of its config.json. */
    record AsPretrained() implements Schedule {
        @Override
        public String toString() {
            return "as pretrained";
        }
    }

    /** One value an epoch; the last one stays (AdaMoE: 2e-2, then 1e-4). */
    record PerEpoch(List<Double> values) implements Schedule {
        public PerEpoch {
            values = List.copyOf(values);
        }

        @Override
        public String toString() {
            return values + " by epoch";
        }
    }

    /** From {@code first} at the first step to {@code last} at the last, in equal differences. */
    record LinearOverRun(double first, double last) implements Schedule {
        @Override
        public String toString() {
            return first + " → " + last;
        }
    }
}
