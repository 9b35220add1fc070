package dev.graft.runtime.engine;

import java.lang.management.ManagementFactory;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;

/** Memory that the engine's library takes from the operating system by the C library's allocator. */
final class NativeHeap {
    private NativeHeap() {}

    /**
     * Returns what is free to the operating system. glibc keeps what threads freed that have ended, a GB after a training
     * run: the next run in this process, and every other process, would find that much less. Does nothing where the JVM
     * has no command for it, as elsewhere than on glibc, where nothing of the kind is known.
     */
    static void trim() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            server.invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "systemTrimNativeHeap",
                    new Object[0],
                    new String[0]);
        } catch (InstanceNotFoundException | ReflectionException e) {
            return; // no such command
        } catch (JMException e) {
            throw new IllegalStateException("the JVM could not trim its native heap", e);
        }
    }
}
