package dev.graft.issue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IssueTest {
    @Test
    void control_characters_of_a_quoted_name_are_spelt_out() {
        Issue issue = Issue.error("E_TENSOR", "there is no tensor 'a\u001b[2Jb\u0000\r\u0085'")
                .withCandidates(List.of("a\u007f"))
                .withFix("look\nagain");

        assertThat(issue.render()).isEqualTo("""
                        [E_TENSOR] there is no tensor 'a\\u001b[2Jb\\u0000\\u000d\\u0085'
                          nearest: a\\u007f
                          fix: look
                        again""");
    }
}
