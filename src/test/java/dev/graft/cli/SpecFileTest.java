package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecFileTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void a_spec_without_a_base_needs_one_on_the_command_line() throws IOException {
        Path spec = spec("return surgery(\"mine\", s -> s.layers(all(), l -> l.attention(a -> a.on(Q).lora(4))));");

        Graft without = Graft.run("plan", spec);

        assertThat(without.exitCode()).isEqualTo(2);
        assertThat(without.err()).contains("[E_USAGE]", "names no base of its own", "fix: say --base BASE: a folder, ");
        assertThat(Graft.run("plan", spec, "--base", "tiny-llama").exitCode()).isZero();
    }

    @Test
    void a_spec_that_does_not_compile_is_shown_as_javac_shows_it() throws IOException {
        Path spec = spec("return surgery(\"mine\", s -> s.layers(all(), l -> l.atention(a -> a.on(Q).lora(4))));");

        Graft broken = Graft.run("plan", spec, "--base", "tiny-llama");

        assertThat(broken.exitCode()).isEqualTo(2);
        assertThat(broken.err())
                .contains("[E_COMPILE]", spec + ":8: error: cannot find symbol", "symbol:   method atention", "^");
    }

    @Test
    void a_file_without_a_spec_class_says_how_one_is_written() throws IOException {
        Path file = Files.writeString(folder.resolve("Nothing.java"), "public final class Nothing {}");

        Graft refused = Graft.run("plan", file, "--base", "tiny-llama");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains(
                        "[E_SPEC]",
                        "0 public classes that implement dev.graft.dsl.Spec",
                        "class Nothing implements Spec");
    }

    @Test
    void what_the_spec_itself_throws_is_reported_with_its_line() throws IOException {
        Path spec = spec("throw new IllegalStateException(\"no idea\");");

        Graft refused = Graft.run("plan", spec, "--base", "tiny-llama");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).isEqualTo("""
                [E_SPEC] MySpec.java threw java.lang.IllegalStateException: no idea
                  at MySpec.java:8
                """);
    }

    @Test
    void problems_of_the_plan_come_together_with_the_lines_of_the_file() throws IOException {
        Path spec = spec("""
                return surgery("mine", s -> {
                            s.layers(range(4, 99), l -> l.attention(a -> a.on(Q).lora(4)));
                            s.layers(all(), l -> l.ffn(f -> f.on(UP).lora(0)));
                        });""");

        Graft refused = Graft.run("plan", spec, "--base", "tiny-llama");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("at MySpec.java:9", "rank 0", "at MySpec.java:10");
    }

    @Test
    void an_unknown_sample_names_the_nearest_and_all() {
        Graft unknown = Graft.run("plan", "adamo");

        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("[E_SPEC]", "nearest: adamoe", "plain-lora, adamoe, molora-soft");
    }

    @Test
    void a_missing_file_is_named() {
        assertThat(Graft.run("plan", folder.resolve("Missing.java"), "--base", "tiny-llama")
                        .err())
                .contains("[E_NOT_FOUND]", "Missing.java");
    }

    @Test
    void a_json_spec_with_a_missing_field_names_file_place_and_field() throws IOException {
        Path json = Files.writeString(folder.resolve("spec.json"), "{\"name\": \"mine\"}");

        Graft refused = Graft.run("plan", json, "--base", "tiny-llama");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_JSON] " + json, "line 1", "missing field 'injections'");
    }

    /** A spec file whose method has this body, from line 8 on. */
    private Path spec(String body) throws IOException {
        return Files.writeString(folder.resolve("MySpec.java"), """
                import static dev.graft.dsl.Graft.*;

                import dev.graft.dsl.*;

                public final class MySpec implements Spec {
                    @Override
                    public Surgery define() {
                        %s
                    }
                }
                """.formatted(body));
    }
}
