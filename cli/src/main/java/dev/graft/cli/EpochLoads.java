package dev.graft.cli;

import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Monitor;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Says after every epoch what load the training tokens had in each layer, and what it saved. */
final class EpochLoads implements Monitor {
    private final Consumer<String> say;
    private final Map<Integer, Double> loads = new TreeMap<>();
    private double saved;
    private long tokens;
    private long first;
    private long epoch;

    /** @param say where the line goes */
    EpochLoads(Consumer<String> say) {
        this.say = say;
    }

    @Override
    public void stepped(StepMetrics step) {
        if (step.epoch() != epoch || tokens == 0) {
            tell();
            epoch = step.epoch();
            first = step.step();
        }
        tokens += step.tokens();
        for (LayerLoad layer : step.layers()) {
            loads.merge(layer.layer(), step.tokens() * layer.load(), Double::sum);
        }
        Flops flops = step.flops();
        saved += flops == null ? 0 : step.tokens() * flops.saved();
    }

    @Override
    public void completed(Path folder) {
        tell();
    }

    /** A fixed load is no news. */
    private void tell() {
        if (saved != 0) {
            say.accept("epoch " + (epoch + 1) + ", from step " + first + ": load by layer "
                    + loads.values().stream()
                            .map(sum -> String.format(Locale.ROOT, "%.2f", sum / tokens))
                            .collect(Collectors.joining(" "))
                    + ", " + words(saved / tokens));
        }
        loads.clear();
        saved = 0;
        tokens = 0;
    }

    /** {@code 14.8% of the FLOPs at full load saved}. */
    static String words(double part) {
        return String.format(Locale.ROOT, "%.1f%% of the FLOPs at full load saved", 100 * part);
    }
}
