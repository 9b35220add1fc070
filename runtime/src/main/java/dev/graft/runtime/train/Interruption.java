package dev.graft.runtime.train;

import java.util.concurrent.CountDownLatch;

/**
 * Asks a run to stop after the step at hand, with its state saved. A run only looks at it; who asks is the program's
 * choice: {@link #onShutdown} asks when the process is told to end (Ctrl-C, SIGTERM) and lets it live until the run has
 * ended.
 */
public final class Interruption {
    private volatile boolean requested;

    /** Asks; may be called from any thread. */
    public void request() {
        requested = true;
    }

    public boolean requested() {
        return requested;
    }

    /**
     * Runs work that this object may interrupt when the process is told to end. The process then ends with the code of its
     * signal (130, 143), but not before the work is done.
     */
    public <T> T onShutdown(java.util.function.Supplier<T> work) {
        CountDownLatch done = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            request();
            awaitUninterruptibly(done);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.get();
        } finally {
            done.countDown();
            removeUnlessRunning(hook);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch done) {
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeUnlessRunning(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook has done its work.
        }
    }
}
