package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.dsl.Training;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DataSpecTest {
    @Test
    void the_format_follows_from_the_files_name() {
        assertThat(DataSpec.of(Path.of("a.JSONL"))).isEqualTo(DataSpec.instructions());
        assertThat(DataSpec.of(Path.of("a.json"))).isEqualTo(DataSpec.instructions());
        assertThat(DataSpec.of(Path.of("json/a.txt"))).isEqualTo(DataSpec.text());
    }

    @Test
    void a_prompt_template_can_be_written_down_and_read_again() {
        PromptTemplate plain = new PromptTemplate.Plain("{instruction}\n{input}\n");

        assertThat(PromptTemplate.of(plain.toString())).isEqualTo(plain);
        assertThat(PromptTemplate.of(new PromptTemplate.Chat().toString())).isEqualTo(new PromptTemplate.Chat());
    }

    @Test
    void limits_are_those_of_the_training_settings() {
        Training training = Training.defaults();

        assertThat(Limits.of(training))
                .isEqualTo(new Limits(training.length(), training.tooLong(), training.supervision()));
    }

    @Test
    void a_summary_says_what_was_cut_and_left_out_only_where_something_was() {
        assertThat(new DataSummary(3, 30, 12, 0, 0)).hasToString("3 examples, 30 tokens, 12 supervised");
        assertThat(new DataSummary(3, 30, 12, 2, 1))
                .hasToString("3 examples, 30 tokens, 12 supervised, 2 truncated, 1 skipped");
    }

    @Test
    void an_example_predicts_no_first_token() {
        assertThatThrownBy(() -> new Example(new int[] {1, 2}, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Example(new int[] {1, 2, 3}, 2).supervised()).isEqualTo(1);
        assertThat(new Example(new int[] {1, 2, 3}, 2)).isEqualTo(new Example(new int[] {1, 2, 3}, 2));
    }
}
