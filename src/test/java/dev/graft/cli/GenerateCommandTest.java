package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateCommandTest {

    @Test
    void a_stop_text_ends_the_continuation_before_it() {
        // given
        String whole = generate("--tokens", "30").out().strip();
        int stop = whole.indexOf(' ', whole.length() / 2);
        String end = whole.substring(stop, Math.min(whole.length(), stop + 4));

        // when
        Graft stopped = generate("--tokens", "30", "--stop", "never in this text", "--stop", end);

        // then
        assertThat(stopped.exitCode()).as(stopped.err()).isZero();
        assertThat(stopped.out().strip())
                .isEqualTo(whole.substring(0, whole.indexOf(end)).strip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tokens 0 | [E_USAGE] --tokens 0 must be 1 or more",
                "--tokens 100000 | the model's 1024 positions",
                "--threads -1 | [E_USAGE] --threads -1 must be 0 or more",
                "--temperature -1 | [E_PARAM] temperature -1.0 must be above 0",
                "--temperature NaN | [E_PARAM] temperature NaN must be above 0",
                "--temperature 1 --top-k -3 | [E_PARAM] top-k -3 must be 0 (all) or more",
                "--temperature 1 --top-p 0 | [E_PARAM] top-p 0.0 must be above 0 and at most 1",
                "--top-k 5 | [E_USAGE] --top-k, --top-p and --seed are of sampling",
                "--seed 5 | which needs a temperature",
                "--tokens many | 'many' is not an int",
                "--device tpu | [E_DEVICE] there is no device 'tpu'"
            })
    void options_out_of_range_are_refused(String options, String message) {
        Graft refused = generate(options.split(" "));
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains(message);
        assertThat(refused.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"--first,-1,0", "--length,1,2", "--threads,-2,0"})
    void so_are_those_of_eval(String option, String value, String least) {
        Graft refused = Graft.run("eval", "--base", "tiny-llama", "--data", "unread.txt", option, value);
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_USAGE] " + option + " " + value + " must be " + least + " or more");
    }

    private static Graft generate(String... options) {
        List<String> words = new ArrayList<>(
                List.of("generate", "--base", "tiny-llama", "--prompt", "It was a dark night, and the"));
        words.addAll(List.of(options));
        return Graft.run(words.toArray());
    }
}
