package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.GeneratedSources;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Surgery;
import dev.graft.surgery.Surgeon;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * A generated project, compiled into a folder and run as a process of its own, as its jar would be.
 *
 * @param heapMib all that Java's heap may take, taken at the start
 */
record GeneratedJar(String main, Path classes, int heapMib) {

    static GeneratedJar compile(Surgery surgery, Path folder) throws IOException {
        GeneratedSources sources =
                new ModelEmitter("dev.graft.generated").emit(Surgeon.plan(surgery, Checkpoint.open(TinyRun.BASE)));
        sources.writeTo(folder);
        Path classes = folder.resolve("classes");
        Files.createDirectories(classes);
        List<String> arguments = new ArrayList<>(
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"));
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::toString)
                    .forEach(arguments::add);
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(new String[0]));
        if (status != 0) {
            throw new IllegalStateException("javac says " + status);
        }
        Files.copy(folder.resolve("src/main/resources/plan.json"), classes.resolve("plan.json"));
        return new GeneratedJar(sources.training(), classes, 128);
    }

    GeneratedJar withHeap(int mib) {
        return new GeneratedJar(main, classes, mib);
    }

    /** Starts it on Shakespeare; both outputs are one. */
    Process start(Path out, String... more) throws IOException {
        return startBehind(List.of(), out, more);
    }

    /** The same on a system that lets no file grow beyond this, as a full disk would. */
    Process startWithFilesUpTo(int kib, Path out) throws IOException {
        return startBehind(List.of("bash", "-c", "ulimit -f " + kib + "; exec \"$@\"", "bash"), out);
    }

    /** The same as the last words of another command. */
    Process startBehind(List<String> before, Path out, String... more) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(command(out));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .directory(classes.toFile()) // where the JVM would leave its log if it crashed
                .redirectErrorStream(true)
                .start();
    }

    /** What the JVM leaves where it crashes. */
    boolean hasCrashLog() throws IOException {
        try (Stream<Path> files = Files.list(classes)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("hs_err"));
        }
    }

    private List<String> command(Path out) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        if (Runtime.version().feature() >= 24) { // without them, Java warns on the standard error
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of(
                "-Xms" + heapMib + "m",
                "-Xmx" + heapMib + "m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                classes + java.io.File.pathSeparator + System.getProperty("java.class.path"),
                main,
                "--base",
                TinyRun.BASE.toString(),
                "--data",
                TinyRun.HOME
                        .resolve("src/test/resources/training/shakespeare.txt")
                        .toString(),
                "--first",
                "64",
                "--out",
                out.toString()));
        return command;
    }

    /** Reads what a process says until a line begins so; everything if none does. */
    static List<String> readUntil(BufferedReader output, String beginning) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            if (line.startsWith(beginning)) {
                return lines;
            }
        }
        return lines;
    }
}
