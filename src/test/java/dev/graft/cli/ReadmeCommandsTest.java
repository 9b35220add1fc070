package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's commands work one after the other, as a reader types them; at small scale, in a folder of their own. */
class ReadmeCommandsTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Pattern COMMAND = Pattern.compile("^    \\./graft (.*)$", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern SPEC =
            Pattern.compile("<!-- file: MySpec.java -->\n```java\n(.*?)```", Pattern.DOTALL);

    /** What is added to a command where it doesn't say it. */
    private static final Map<String, List<String>> SMALL = Map.of(
            "run", List.of("--steps", "2"),
            "eval", List.of("--first", "4"),
            "generate", List.of("--tokens", "2"));

    @TempDir
    private Path folder;

    @Test
    void every_command_works_on_what_those_before_it_left() throws IOException {
        String readme = Files.readString(HOME.resolve("README.md"));
        Matcher spec = SPEC.matcher(readme);
        assertThat(spec.find()).isTrue();
        Files.writeString(folder.resolve("MySpec.java"), spec.group(1));

        List<String> commands = COMMAND.matcher(readme.replaceAll("\\\\\n +", ""))
                .results()
                .map(line -> line.group(1).replaceFirst(" +# .*", ""))
                .filter(line -> !line.startsWith("demo")) // WholeLineTest runs it
                .filter(line -> !line.contains("HuggingFaceTB/")) // HubBaseTest has a hub to ask
                .toList();

        assertThat(commands).hasSizeGreaterThan(8);
        for (String command : commands) {
            Graft done = Graft.run(words(command).toArray());
            assertThat(done.exitCode()).as(command + "\n" + done.err()).isZero();
        }
    }

    private List<String> words(String command) {
        List<String> words = new ArrayList<>(WORD.matcher(command)
                .results()
                .map(ReadmeCommandsTest::unquoted)
                .map(this::placed)
                .toList());
        List<String> small = SMALL.getOrDefault(words.get(0), List.of());
        if (!small.isEmpty() && !words.contains(small.get(0))) {
            words.addAll(small);
        }
        return words;
    }

    private static String unquoted(MatchResult word) {
        return word.group(1) == null ? word.group(2) : word.group(1);
    }

    /** Samples are in the project, everything else that is a file in the test's folder. */
    private String placed(String word) {
        if (word.startsWith("samples/")) {
            return HOME.resolve(word).toString();
        }
        boolean file = word.startsWith("my-")
                || List.of("MySpec.java", "widened", "merged").contains(word);
        return file ? folder.resolve(word).toString() : word;
    }
}
