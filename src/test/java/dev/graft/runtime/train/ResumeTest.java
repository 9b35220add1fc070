package dev.graft.runtime.train;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.dsl.TrainingSpec;
import dev.graft.issue.GraftException;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeTest {
    private static final TinyRun TINY = TinyRun.adamoe(ResumeTest::settings);

    @TempDir
    static Path uninterrupted;

    @TempDir
    Path folder;

    @BeforeAll
    static void run_without_interruption() {
        TINY.run(whole(), 20, 4);
    }

    private static Path whole() {
        return uninterrupted.resolve("whole");
    }

    private static void settings(TrainingSpec t) {
        t.steps(7).saveEvery(3).validateEvery(2).batch(4).microBatch(2);
    }

    @Test
    void a_run_that_was_cut_off_ends_as_one_that_was_not() throws Exception {
        RunRequest request = TINY.request(folder.resolve("cut"), 20, 4);
        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, endingAt(5)))
                .hasMessage("cut off");

        RunResult result = Trainer.run(TINY.program(), request.resume(true), Monitor.SILENT);

        assertThat(result.step()).isEqualTo(7);
        assertThat(TinyRun.adapter(folder.resolve("cut"))).isEqualTo(TinyRun.adapter(whole()));
        assertThat(Files.readAllBytes(folder.resolve("cut/adapter-best.safetensors")))
                .isEqualTo(Files.readAllBytes(whole().resolve("adapter-best.safetensors")));
        MetricsLines cut = MetricsLines.of(folder.resolve("cut"));
        MetricsLines whole = MetricsLines.of(whole());
        assertThat(cut.of("resume", "step")).containsExactly(3.0);
        assertThat(cut.of("step", "step")).isEqualTo(whole.of("step", "step"));
        assertThat(cut.of("step", "loss")).isEqualTo(whole.of("step", "loss"));
        assertThat(cut.of("validation", "loss")).isEqualTo(whole.of("validation", "loss"));
        assertThat(EventRecords.of(folder.resolve("cut")).withTag("train/loss"))
                .extracting(EventRecords.Event::step)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(withoutSpeed(EventRecords.of(folder.resolve("cut"))))
                .isEqualTo(withoutSpeed(EventRecords.of(whole())));
    }

    @Test
    void a_run_on_two_threads_that_was_cut_off_ends_as_one_that_was_not() {
        TinyRun two = TinyRun.adamoe(t -> t.steps(4).saveEvery(2).threads(2));
        two.run(folder.resolve("whole"), 20, 0);
        RunRequest request = two.request(folder.resolve("cut"), 20, 0);
        assertThatThrownBy(() -> Trainer.run(two.program(), request, endingAt(3)))
                .hasMessage("cut off");

        Trainer.run(two.program(), request.resume(true), Monitor.SILENT);

        assertThat(TinyRun.adapter(folder.resolve("cut"))).isEqualTo(TinyRun.adapter(folder.resolve("whole")));
    }

    private static List<EventRecords.Event> withoutSpeed(EventRecords events) {
        events.all().forEach(event -> event.scalars().remove("train/tokens_per_s"));
        return events.all();
    }

    @Test
    void a_resumed_run_goes_on_counting_the_steps_of_a_collapse() {
        TinyRun many = TinyRun.of(surgery("many", s -> {
            s.layers(
                    last(1),
                    layer -> layer.attention(
                            a -> a.on(Q).mixture(512, e -> e.lora(1)).router(topK(1).balance(constant(1e-2)))));
            s.training(t -> TinyRun.small(t, ResumeTest::settings));
        }));
        Watching five = new Watching(1, 5, FlopsCount.NONE);
        Trainer.run(many.program(), many.request(folder.resolve("whole"), 20, 0).watching(five), Monitor.SILENT);
        RunRequest request = many.request(folder.resolve("cut"), 20, 0).watching(five);
        assertThatThrownBy(() -> Trainer.run(many.program(), request, endingAt(4)))
                .hasMessage("cut off");

        Trainer.run(many.program(), request.resume(true), Monitor.SILENT);

        MetricsLines cut = MetricsLines.of(folder.resolve("cut"));
        assertThat(cut.of("collapse", "step")).contains(5.0).allMatch(step -> step >= 5);
        assertThat(cut.of("collapse"))
                .isEqualTo(MetricsLines.of(folder.resolve("whole")).of("collapse"));
    }

    @Test
    void a_run_that_was_cut_off_before_its_first_state_starts_again() {
        RunRequest request = TINY.request(folder.resolve("cut"), 20, 0);
        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, endingAt(2)))
                .hasMessage("cut off");

        Trainer.run(TINY.program(), request.resume(true), Monitor.SILENT);

        assertThat(TinyRun.adapter(folder.resolve("cut"))).isEqualTo(TinyRun.adapter(whole()));
        assertThat(MetricsLines.of(folder.resolve("cut")).of("step", "step")).hasSize(7);
    }

    @Test
    void a_run_that_is_asked_to_stop_saves_its_state_and_goes_on_later_even_before_a_validation() throws Exception {
        RunRequest request = TINY.request(folder.resolve("asked"), 20, 4);
        Interruption interruption = new Interruption();

        RunResult asked = Trainer.run(
                TINY.program(),
                request,
                new Monitor() {
                    @Override
                    public void stepped(StepMetrics step) {
                        if (step.step() == 4) {
                            interruption.request();
                        }
                    }
                },
                interruption);
        RunResult resumed = Trainer.run(TINY.program(), request.resume(true), Monitor.SILENT);

        assertThat(asked.interrupted()).isTrue();
        assertThat(asked.step()).isEqualTo(4);
        assertThat(asked.folder()).isEqualTo(folder.resolve("asked.partial"));
        assertThat(resumed.interrupted()).isFalse();
        assertThat(TinyRun.adapter(folder.resolve("asked"))).isEqualTo(TinyRun.adapter(whole()));
        assertThat(MetricsLines.of(folder.resolve("asked")).of("validation", "loss"))
                .isEqualTo(MetricsLines.of(whole()).of("validation", "loss"));
    }

    @Test
    void another_plan_or_other_data_are_refused() {
        RunRequest request = TINY.request(folder.resolve("cut"), 20, 0);
        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, endingAt(4)))
                .hasMessage("cut off");

        TinyRun other = TinyRun.adamoe(t -> {
            settings(t);
            t.clip(0.5);
        });
        assertThatThrownBy(() -> Trainer.run(
                        other.program(),
                        other.request(folder.resolve("cut"), 21, 0).resume(true),
                        Monitor.SILENT))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_RESUME]")
                .hasMessageContaining("the plan")
                .hasMessageContaining("the data");
        assertThat(folder.resolve("cut.partial")).exists();
    }

    @Test
    void a_run_that_starts_from_an_adapter_goes_on_with_that_adapter_only() {
        float[] values = new float[Math.toIntExact(TINY.program().layout().elements())];
        java.util.Arrays.fill(values, 0.01f);
        StartAdapter adapter = new StartAdapter(values);
        RunRequest request = TINY.request(folder.resolve("cut"), 20, 0).start(adapter);
        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, endingAt(4)))
                .hasMessage("cut off");
        RunRequest other = TINY.request(folder.resolve("cut"), 20, 0).resume(true);

        assertThatThrownBy(() -> Trainer.run(TINY.program(), other, Monitor.SILENT))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_RESUME]")
                .hasMessageContaining("the adapter that it starts from");
        Trainer.run(TINY.program(), request.resume(true), Monitor.SILENT);
        Trainer.run(
                TINY.program(), TINY.request(folder.resolve("at-once"), 20, 0).start(adapter), Monitor.SILENT);

        assertThat(TinyRun.adapter(folder.resolve("cut")))
                .isEqualTo(TinyRun.adapter(folder.resolve("at-once")))
                .isNotEqualTo(TinyRun.adapter(whole()));
    }

    @Test
    void a_flipped_bit_in_the_saved_state_is_named() throws Exception {
        RunRequest request = TINY.request(folder.resolve("cut"), 20, 0);
        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, endingAt(4)))
                .hasMessage("cut off");
        Path state = folder.resolve("cut.partial/state-3.safetensors");
        byte[] bytes = Files.readAllBytes(state);
        bytes[bytes.length / 2] ^= 8;
        Files.write(state, bytes);

        assertThatThrownBy(() -> Trainer.run(TINY.program(), request.resume(true), Monitor.SILENT))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_CHECKSUM] " + state.toAbsolutePath());
    }

    @Test
    void a_folder_that_is_there_is_refused_or_replaced_as_asked() throws Exception {
        TinyRun once = TinyRun.lora(t -> t.steps(1));
        RunRequest request = once.request(folder.resolve("run"), 8, 0);
        Trainer.run(once.program(), request, Monitor.SILENT);

        assertRefused(once, request, "[E_EXISTS]");
        assertRefused(once, request.resume(true), "[E_NOT_FOUND]");
        Trainer.run(once.program(), request.overwrite(true), Monitor.SILENT);
        assertThat(folder.resolve("run/adapter.safetensors")).exists();
    }

    @Test
    void two_runs_do_not_share_a_folder() {
        RunRequest request = TINY.request(folder.resolve("run"), 20, 0);

        Trainer.run(TINY.program(), request, new Monitor() {
            @Override
            public void stepped(StepMetrics step) {
                if (step.step() == 1) {
                    assertRefused(TINY, request, "[E_LOCKED]");
                    assertRefused(TINY, request.resume(true), "[E_LOCKED]");
                }
            }
        });

        assertThat(folder.resolve("run/adapter.safetensors")).exists();
    }

    @Test
    void a_base_that_changes_meanwhile_ends_the_run_at_its_next_save() throws IOException {
        Path base = folder.resolve("base");
        copy(TinyRun.BASE, base);
        DataFiles data = TINY.request(folder, 20, 0).training();
        RunRequest request = RunRequest.of(base, data, folder.resolve("run"), TINY.plan());

        assertThatThrownBy(() -> Trainer.run(TINY.program(), request, new Monitor() {
                    @Override
                    public void stepped(StepMetrics step) {
                        touch(base.resolve("model.safetensors"));
                    }
                }))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_CHANGED]")
                .hasMessageContaining("model.safetensors");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(1));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (Path file : files.sorted(Comparator.naturalOrder()).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void assertRefused(TinyRun tiny, RunRequest request, String code) {
        assertThatThrownBy(() -> Trainer.run(tiny.program(), request, Monitor.SILENT))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining(code);
    }

    private static Monitor endingAt(long last) {
        return new Monitor() {
            @Override
            public void stepped(StepMetrics step) {
                if (step.step() == last) {
                    throw new IllegalArgumentException("cut off");
                }
            }
        };
    }
}
