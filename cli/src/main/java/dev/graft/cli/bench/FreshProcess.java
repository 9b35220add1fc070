package dev.graft.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** A Java process of its own, with the flags and classes of this one, compiled as {@code graft} does it for what reads headers only. */
final class FreshProcess {
    private static final double NANOS = 1e-9;

    private FreshProcess() {}

    /**
     * Runs a main class to its end.
     *
     * @return seconds from the start of the process to its end
     * @throws GraftException {@code E_INTERNAL} with what the process said where it failed
     */
    static double run(String main, List<String> words) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(words);
        try {
            long start = System.nanoTime();
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            byte[] said = process.getInputStream().readAllBytes();
            int exitCode = process.waitFor();
            double seconds = (System.nanoTime() - start) * NANOS;
            if (exitCode != 0) {
                throw new GraftException(Issue.error(
                        "E_INTERNAL", "a new process failed (" + exitCode + "): " + new String(said, UTF_8).strip()));
            }
            return seconds;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GraftException(Issue.error("E_INTERNAL", "interrupted while a new process ran"), e);
        }
    }
}
