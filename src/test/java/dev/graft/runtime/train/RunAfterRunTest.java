package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.fixtures.ProcessMemory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RunAfterRunTest {
    /** The allocator alone would keep some 200 MiB more after each run, in places of threads that have ended. */
    private static final long GROWTH_KIB = 200 << 10;

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIf("canTrim")
    void a_process_that_trains_again_and_again_keeps_no_memory_of_the_runs_before(@TempDir Path folder)
            throws IOException {
        TinyRun run = TinyRun.adamoe(t -> t.steps(2).batch(64).length(256).threads(2));
        run.run(folder.resolve("first"), 128, 0);
        long afterTheFirst = ProcessMemory.residentKib();
        for (int i = 0; i < 4; i++) {
            run.run(folder.resolve("again" + i), 128, 0);
        }
        assertThat(ProcessMemory.residentKib() - afterTheFirst).isLessThan(GROWTH_KIB);
    }

    /** Older JVMs have no command for it. */
    static boolean canTrim() throws JMException {
        ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
        return Arrays.stream(ManagementFactory.getPlatformMBeanServer()
                        .getMBeanInfo(commands)
                        .getOperations())
                .anyMatch(operation -> operation.getName().equals("systemTrimNativeHeap"));
    }
}
