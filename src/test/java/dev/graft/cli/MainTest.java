package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @Test
    void help_names_every_command_and_where_to_start() {
        Graft help = Graft.run("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("samples", "inspect", "plan", "emit", "report");
        assertThat(help.out())
                .contains("graft plan MySpec.java --base BASE", "org/name@revision", "HF_HUB_OFFLINE", "Exit codes:");
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"samples", "inspect", "plan", "emit", "report"})
    void every_command_has_a_help_text_without_escape_codes(String command) {
        Graft help = Graft.run(command, "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("Usage: graft " + command).doesNotContain("\u001b");
    }

    @Test
    void version_is_that_of_the_build() {
        assertThat(Graft.run("--version").out()).matches("(?s)graft \\d+\\.\\d+\\.\\d+\\S*\nJava .*");
    }

    @Test
    void a_missing_command_is_a_usage_error() {
        Graft none = Graft.run();

        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).isEqualTo("""
                [E_USAGE] a command is missing
                  fix: see graft --help
                """);
    }

    @Test
    void an_unknown_command_names_the_nearest() {
        Graft misspelt = Graft.run("pln", "adamoe");

        assertThat(misspelt.exitCode()).isEqualTo(2);
        assertThat(misspelt.err()).contains("[E_USAGE]", "'pln'", "nearest: plan");
        assertThat(misspelt.out()).isEmpty();
    }

    @Test
    void an_unknown_option_names_the_nearest_and_the_help() {
        Graft misspelt = Graft.run("plan", "adamoe", "--bse", "tiny-llama");

        assertThat(misspelt.exitCode()).isEqualTo(2);
        assertThat(misspelt.err()).contains("[E_USAGE]", "'--bse'", "nearest: --base", "see graft plan --help");
    }

    @Test
    void an_option_of_the_wrong_type_says_what_it_takes() {
        Graft wrong = Graft.run("plan", "adamoe", "--precision", "fp8");

        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("[E_USAGE]", "--precision", "FP32", "BF16");
    }

    @Test
    void a_refusal_has_no_stack_trace_unless_asked_for() {
        assertThat(Graft.run("inspect", "no-such-model").err()).doesNotContain("\tat ");
        assertThat(Graft.run("inspect", "no-such-model", "--stacktrace").err()).contains("\tat dev.graft");
    }
}
