package dev.graft.surgery.peft;

import dev.graft.dsl.Adapter;
import java.nio.file.Path;

/**
 * What PEFT's {@code adapter_config.json} says that decides what an adapter computes.
 *
 * @param file for messages
 * @param rank of modules that {@code ranks} does not name; 0 for (IA)³
 * @param alpha of modules that {@code alphas} does not name
 * @param rankStabilised whether the scale is alpha/√r and not alpha/r (rsLoRA)
 * @param dropout on a LoRA's input
 */
record PeftConfig(
        Path file,
        Kind kind,
        int rank,
        double alpha,
        boolean rankStabilised,
        double dropout,
        ModulePatterns ranks,
        ModulePatterns alphas) {

    /** PEFT's {@code peft_type}. */
    enum Kind {
        LORA,
        IA3
    }

    /** The rank of a module's LoRA. */
    int rank(String module) {
        return (int) ranks.of(module).orElse(rank);
    }

    /** The adapter of a module; its alpha is that of the scale alpha/r. */
    Adapter adapter(String module) {
        if (kind == Kind.IA3) {
            return new Adapter.Ia3();
        }
        int own = rank(module);
        double written = alphas.of(module).orElse(alpha);
        return new Adapter.Lora(
                own, rankStabilised ? written * Math.sqrt(own) : written, Adapter.Lora.Init.KAIMING_UNIFORM, dropout);
    }
}
