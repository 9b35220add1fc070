package dev.graft.assertj;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.Issue;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/** Assertions about the issues for which a plan was refused; none where it was not. */
public class RefusalAssert extends AbstractAssert<RefusalAssert, List<Issue>> {
    public RefusalAssert(List<Issue> issues) {
        super(issues, RefusalAssert.class);
    }

    /** Goes on to the issues with this code, at least one; {@link IssueAssert#and()} leads back. */
    public IssueAssert isRefusedWith(String code) {
        List<Issue> found =
                actual.stream().filter(issue -> issue.code().equals(code)).toList();
        if (found.isEmpty()) {
            throw failure("%nExpecting the plan to be refused with %s, but%s", code, issues());
        }
        return new IssueAssert(found, this);
    }

    /** These codes, each as often as it is named, and no other. */
    public RefusalAssert isRefusedExactlyWith(String... codes) {
        List<String> expected = Arrays.stream(codes).sorted().toList();
        if (!expected.equals(actual.stream().map(Issue::code).sorted().toList())) {
            throw failure("%nExpecting the plan to be refused exactly with %s, but%s", expected, issues());
        }
        return this;
    }

    public RefusalAssert isNotRefused() {
        if (!actual.isEmpty()) {
            throw failure("%nExpecting the plan not to be refused, but%s", issues());
        }
        return this;
    }

    private String issues() {
        return actual.isEmpty()
                ? " it was not refused"
                : actual.stream()
                        .map(issue -> "\n  " + issue)
                        .collect(Collectors.joining("", " it was refused with:", ""));
    }

    /** Assertions about the issues of one code: at least one of them meets each. */
    public static class IssueAssert extends AbstractAssert<IssueAssert, List<Issue>> {
        private final RefusalAssert refusal;

        IssueAssert(List<Issue> issues, RefusalAssert refusal) {
            super(issues, IssueAssert.class);
            this.refusal = refusal;
        }

        /** The message says all of these. */
        public IssueAssert mentioning(String... words) {
            return any(
                    "a message with " + String.join(", ", words),
                    issue -> Arrays.stream(words)
                            .allMatch(word -> issue.message().contains(word)));
        }

        /** The nearest names include this one. */
        public IssueAssert suggesting(String name) {
            return any("the nearest name " + name, issue -> issue.candidates().contains(name));
        }

        /** The fix says this. */
        public IssueAssert fixedBy(String words) {
            return any("the fix " + words, issue -> issue.fix().contains(words));
        }

        /** The user's own source file is named, with the line. */
        public IssueAssert pointingTo(String file) {
            return any(
                    "a line of " + file,
                    issue -> issue.at()
                            .filter(at -> at.file().equals(file) && at.line() > 0)
                            .isPresent());
        }

        /** Back to all issues. */
        @CheckReturnValue
        public RefusalAssert and() {
            return refusal;
        }

        private IssueAssert any(String what, java.util.function.Predicate<Issue> holds) {
            if (actual.stream().noneMatch(holds)) {
                throw failure(
                        "%nExpecting %s, but found:%n%s",
                        what, actual.stream().map(issue -> "  " + issue).collect(Collectors.joining("\n")));
            }
            return this;
        }
    }
}
