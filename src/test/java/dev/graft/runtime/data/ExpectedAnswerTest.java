package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of LLM-Adapters' evaluation. */
class ExpectedAnswerTest {
    private static final ExpectedAnswer LABEL =
            new ExpectedAnswer.FirstLabel(List.of("answer1", "answer2", "answer3"), "answer2");
    private static final ExpectedAnswer NUMBER = new ExpectedAnswer.LastNumber(1576.5);
    private static final ExpectedAnswer LETTER = new ExpectedAnswer.FirstLetter("B");

    @Test
    void the_first_label_counts() {
        assertThat(LABEL.in("the correct answer is answer2, not answer1")).hasValue("answer2");
        assertThat(LABEL.in("the correct answer is Answer2")).isEmpty();
        assertThat(LABEL.isRight("answer2")).isTrue();
        assertThat(LABEL.isRight("answer1")).isFalse();
        assertThat(LABEL.isSettled("the correct answer")).isFalse();
        assertThat(LABEL.isSettled("answer1 or")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "16 - 12 = 4, so the answer is 1,576.5.; 1576.5; true",
                "it is 1576.5004; 1576.5004; true",
                "it is 1576.502; 1576.502; false",
                "it is -1576.5; -1576.5; false"
            })
    void the_last_number_counts(String text, String found, boolean right) {
        assertThat(NUMBER.in(text)).hasValue(found);
        assertThat(NUMBER.isRight(found)).isEqualTo(right);
        assertThat(NUMBER.isSettled(text))
                .as("more text may bring another number")
                .isFalse();
    }

    @Test
    void the_first_letter_counts() {
        assertThat(LETTER.in("it is (B), not A")).hasValue("B");
        assertThat(LETTER.in("it is b")).isEmpty();
        assertThat(LETTER.isRight("B")).isTrue();
    }
}
