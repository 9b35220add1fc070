package dev.graft.runtime.engine;

import ai.djl.pytorch.jni.Gateway;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Threads that call the engine at the same time, each with its share of the engine's threads. A large product keeps all
 * cores busy by itself; what is between the products is too small to be divided, and there the other cores would wait.
 *
 * <p>A task always meets the same thread, by its place in the list, so that memory is used again where it was freed. The
 * first one is the calling thread.
 */
public final class Workers implements AutoCloseable {
    private final int engineThreads;
    private final List<ExecutorService> others;

    private Workers(int engineThreads, List<ExecutorService> others) {
        this.engineThreads = engineThreads;
        this.others = others;
    }

    /**
     * Starts them.
     *
     * @param count how many, the calling thread among them
     * @param engineThreads what they share, at least as many
     */
    static Workers of(int count, int engineThreads) {
        List<ExecutorService> others = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            String name = "graft-worker-" + i;
            others.add(Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
            }));
        }
        Workers workers = new Workers(engineThreads, List.copyOf(others));
        workers.all(Collections.nCopies(count, () -> {
            Gateway.threads(engineThreads / count);
            return true;
        }));
        return workers;
    }

    /** How many tasks run at once. */
    public int count() {
        return 1 + others.size();
    }

    /**
     * Runs tasks at the same time and waits until all have ended; a single one has all the engine's threads.
     *
     * @param tasks at most {@link #count}
     * @return their results, in order
     * @throws RuntimeException what the first task threw that failed; an {@link Error} likewise
     */
    public <T> List<T> all(List<Supplier<T>> tasks) {
        if (tasks.size() == 1) {
            return List.of(tasks.get(0).get());
        }
        List<CompletableFuture<T>> running = new ArrayList<>();
        for (int i = 1; i < tasks.size(); i++) {
            running.add(CompletableFuture.supplyAsync(tasks.get(i), others.get(i - 1)));
        }
        Gateway.threads(engineThreads / count());
        running.add(0, CompletableFuture.supplyAsync(tasks.get(0), Runnable::run));
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                .handle((done, failure) -> running)
                .join();
        Gateway.threads(engineThreads);
        try {
            return running.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(CompletionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException exception ? exception : e;
    }

    @Override
    public void close() {
        others.forEach(ExecutorService::shutdown);
    }
}
