package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an operator is given, the engine refuses or computes; it never takes the process with it. */
class EngineAbuseTest {
    private static final int CALLS = Integer.getInteger("graft.calls", 3000);

    @Test
    void no_call_aborts_the_process(@TempDir Path folder) throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EngineAbuse.class.getName(),
                        "1",
                        Integer.toString(CALLS))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader()) {
            List<String> said = output.lines().toList();
            String last = said.get(said.size() - 1);
            System.out.println(last);
            assertThat(process.waitFor()).as(last).isZero();
            assertThat(last).startsWith("done: ");
        }
    }
}
