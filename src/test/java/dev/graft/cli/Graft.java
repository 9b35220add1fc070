package dev.graft.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What one command line gave. */
record Graft(int exitCode, String out, String err) {

    /** {@code graft} with these words, as in a shell that isn't a terminal. */
    static Graft run(Object... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] arguments = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            arguments[i] = words[i].toString();
        }
        int exitCode = Main.run(new Terminal(stream(out), stream(err), false), arguments);
        return new Graft(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /**
     * The same as a process of its own, whose two outputs are one.
     *
     * @param before another command, of which it is the last words; may be empty
     */
    static ProcessBuilder process(List<String> before, Object... words) {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-Dgraft.home=" + System.getProperty("graft.home"),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.graft.cli.Main"));
        for (Object word : words) {
            command.add(word.toString());
        }
        return new ProcessBuilder(command).redirectErrorStream(true);
    }
}
