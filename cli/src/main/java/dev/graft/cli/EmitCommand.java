package dev.graft.cli;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.codegen.GeneratedSources;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.train.ExitCode;
import dev.graft.surgery.InjectionPlan;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the generated project. */
@Command(
        name = "emit",
        header = "Write the Java source of the patched model and its training loop.",
        description = "The project builds on its own with Maven where Graft is installed (mvn install), and its jar"
                + " trains. The same plan gives the same bytes.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Example:",
            "  graft emit MySpec.java --base models/llama --out adamoe --package com.example.adamoe",
            "  mvn -f adamoe -B package"
        })
final class EmitCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final SpecArgument spec = new SpecArgument();

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "Where the project goes.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--package",
            paramLabel = "NAME",
            description = "Java package of the classes; by default generated.SPEC, from the spec's name.")
    private @Nullable String packageName;

    @Option(names = "--overwrite", description = "Replace a project that is there.")
    private boolean overwrite;

    EmitCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        InjectionPlan plan = spec.plan(terminal).plan();
        GeneratedSources sources = sources(plan);
        try (OutputFolder folder = OutputFolder.create(out, overwrite ? IfExists.REPLACE : IfExists.REFUSE)) {
            sources.writeTo(folder.path());
            folder.publish();
        }
        sources.files()
                .forEach((path, text) -> terminal.out()
                        .println(out.resolve(path) + " (" + text.lines().count() + " lines)"));
        return ExitCode.DONE;
    }

    private GeneratedSources sources(InjectionPlan plan) {
        String asked = packageName;
        return asked == null ? GeneratedProgram.sources(plan) : new ModelEmitter(JavaPackage.checked(asked)).emit(plan);
    }
}
