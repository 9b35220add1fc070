package dev.graft.cli;

import dev.graft.codegen.GeneratedSources;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.InjectionPlan;
import java.util.Locale;

/** A plan's generated source, and the same source compiled in memory. */
final class GeneratedProgram {
    private GeneratedProgram() {}

    static Program of(InjectionPlan plan) {
        return sources(plan).load(Program.class);
    }

    /** In the package {@code generated.adamoemixed} for a spec named {@code adamoe-mixed}. */
    static GeneratedSources sources(InjectionPlan plan) {
        String name = plan.surgery().name().replace("-", "").toLowerCase(Locale.ROOT);
        return new ModelEmitter("generated." + name).emit(plan);
    }
}
