package dev.graft.runtime.train;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** How much memory a new program can have. */
final class MachineMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private MachineMemory() {}

    /** Bytes of the host, at most the container's limit; empty for other devices, whose memory Java does not see. */
    static OptionalLong available(String device) {
        if (!device.equals("cpu")) {
            return OptionalLong.empty();
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return OptionalLong.of(Math.min(system.getTotalMemorySize(), unused(system)));
    }

    /** What the kernel says programs can get without swapping; elsewhere than on Linux what is free. */
    private static long unused(OperatingSystemMXBean system) {
        try (Stream<String> lines = Files.lines(MEMINFO)) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseGet(system::getFreeMemorySize);
        } catch (IOException e) {
            return system.getFreeMemorySize();
        }
    }
}
