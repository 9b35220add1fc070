package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.jni.Gateway;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private final TorchEngine engine = TorchEngine.open("cpu", 4);

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void tasks_run_at_the_same_time_each_with_its_share_of_the_engines_threads() {
        try (Workers workers = engine.workers(2)) {
            CyclicBarrier both = new CyclicBarrier(2);
            Supplier<Integer> task = () -> {
                await(both);
                return Gateway.threads();
            };

            assertThat(workers.all(List.of(task, task))).containsExactly(2, 2);
            assertThat(workers.all(List.of(Gateway::threads))).containsExactly(4);
            assertThat(Gateway.threads()).isEqualTo(4);
        }
    }

    @Test
    void a_task_keeps_its_thread_and_the_first_one_the_callers() {
        try (Workers workers = engine.workers(3)) {
            List<Supplier<Thread>> tasks = List.of(Thread::currentThread, Thread::currentThread, Thread::currentThread);

            List<Thread> first = workers.all(tasks);

            assertThat(first).doesNotHaveDuplicates().startsWith(Thread.currentThread());
            assertThat(workers.all(tasks)).isEqualTo(first);
            assertThat(workers.all(tasks.subList(0, 1))).containsExactly(Thread.currentThread());
        }
    }

    @Test
    void there_are_no_more_workers_than_threads() {
        try (Workers most = engine.workers(9);
                Workers one = engine.workers(1)) {
            assertThat(most.count()).isEqualTo(4);
            assertThat(one.count()).isEqualTo(1);
        }
    }

    @Test
    void the_first_failure_is_thrown_when_all_tasks_have_ended() {
        AtomicBoolean ended = new AtomicBoolean();
        CyclicBarrier failing = new CyclicBarrier(3);
        try (Workers workers = engine.workers(3)) {
            List<Supplier<Boolean>> tasks = List.of(
                    () -> {
                        await(failing);
                        ended.set(true);
                        return true;
                    },
                    () -> {
                        await(failing);
                        throw new IllegalStateException("the second");
                    },
                    () -> {
                        await(failing);
                        throw new IllegalStateException("the third");
                    });

            assertThatThrownBy(() -> workers.all(tasks))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the second");
            assertThat(ended).isTrue();
        }
    }

    @Test
    void an_error_stays_what_it_is() {
        Supplier<Boolean> task = () -> {
            throw new OutOfMemoryError("no more");
        };
        try (Workers workers = engine.workers(2)) {
            assertThatThrownBy(() -> workers.all(List.of(task, task)))
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("no more");
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }
}
