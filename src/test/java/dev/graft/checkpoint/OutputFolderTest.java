package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
    @TempDir
    Path temp;

    private Path dir;
    private Path partial;

    @BeforeEach
    void names() {
        dir = temp.resolve("out");
        partial = temp.resolve("out.partial");
    }

    @Test
    void the_folder_appears_when_it_is_published() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            write(output, "deep/plan.json", "plan");
            assertThat(dir).doesNotExist();

            output.publish();
        }

        assertThat(dir.resolve("deep/plan.json")).hasContent("plan");
        assertThat(dir).isDirectoryNotContaining("glob:**.{lock,unfinished}");
        assertThat(partial).doesNotExist();
    }

    @Test
    void a_folder_that_is_not_published_vanishes() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            write(output, "plan.json", "plan");
        }

        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void room_that_is_not_there_is_refused_before_anything_is_written() {
        assertThatThrownBy(() -> {
                    try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
                        output.requireSpace(Long.MAX_VALUE);
                    }
                })
                .hasMessageStartingWith("[E_NOSPACE] " + partial);

        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void an_existing_folder_is_refused_and_stays() throws IOException {
        publish("old", IfExists.REFUSE);

        assertThatThrownBy(() -> OutputFolder.create(dir, IfExists.REFUSE))
                .hasMessageStartingWith("[E_EXISTS] " + dir)
                .hasMessageContaining("--overwrite");

        assertThat(dir.resolve("plan.json")).hasContent("old");
        assertThat(partial).doesNotExist();
    }

    @Test
    void a_published_folder_is_replaced_as_a_whole() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            write(output, "only-in-the-old.txt", "old");
            output.publish();
        }

        publish("new", IfExists.REPLACE);

        assertThat(dir.resolve("plan.json")).hasContent("new");
        assertThat(dir.resolve("only-in-the-old.txt")).doesNotExist();
        assertThat(temp).isDirectoryNotContaining(path -> !path.equals(dir));
    }

    @Test
    void a_folder_that_graft_did_not_write_is_never_replaced() throws IOException {
        Files.createDirectory(dir);
        Files.writeString(dir.resolve("thesis.tex"), "years of work");

        assertThatThrownBy(() -> OutputFolder.create(dir, IfExists.REPLACE))
                .hasMessageStartingWith("[E_EXISTS]")
                .hasMessageContaining("was not written by Graft");

        assertThat(dir.resolve("thesis.tex")).hasContent("years of work");
    }

    @Test
    void an_empty_folder_may_be_there_already() throws IOException {
        Files.createDirectory(dir);

        publish("plan", IfExists.REFUSE);

        assertThat(dir.resolve("plan.json")).hasContent("plan");
    }

    @Test
    void unfinished_work_stays_and_goes_on() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            output.keepUnfinished();
            write(output, "state", "step 7");
        }
        assertThatThrownBy(() -> OutputFolder.create(dir, IfExists.REFUSE))
                .hasMessageStartingWith("[E_EXISTS] " + partial)
                .hasMessageContaining("--resume");

        try (OutputFolder output = OutputFolder.resume(dir, IfExists.REFUSE)) {
            assertThat(output.path().resolve("state")).hasContent("step 7");
            output.publish();
        }

        assertThat(dir.resolve("state")).hasContent("step 7");
        assertThat(partial).doesNotExist();
    }

    @Test
    void unfinished_work_can_be_given_up() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            output.keepUnfinished();
            write(output, "state", "step 7");
        }

        publish("new", IfExists.REPLACE);

        assertThat(dir.resolve("plan.json")).hasContent("new");
        assertThat(dir.resolve("state")).doesNotExist();
    }

    @Test
    void what_a_killed_process_left_is_cleaned_up() throws IOException {
        Files.createDirectories(partial.resolve("deep"));
        Files.writeString(partial.resolve("deep/half"), "half");
        Files.createFile(partial.resolve(".lock"));

        publish("new", IfExists.REFUSE);

        assertThat(dir.resolve("deep")).doesNotExist();
        assertThat(dir.resolve("plan.json")).hasContent("new");
    }

    @Test
    void a_replacement_that_was_killed_half_way_gives_the_old_folder_back() throws IOException {
        publish("old", IfExists.REFUSE);
        Files.move(dir, temp.resolve(".out.replaced"));

        assertThatThrownBy(() -> OutputFolder.create(dir, IfExists.REFUSE)).hasMessageStartingWith("[E_EXISTS]");

        assertThat(dir.resolve("plan.json")).hasContent("old");
    }

    @Test
    void a_replacement_that_was_killed_while_the_old_folder_went_is_finished() throws IOException {
        publish("new", IfExists.REFUSE);
        Files.createDirectory(temp.resolve(".out.replaced"));
        Files.writeString(temp.resolve(".out.replaced/plan.json"), "old");

        publish("newest", IfExists.REPLACE);

        assertThat(dir.resolve("plan.json")).hasContent("newest");
        assertThat(temp).isDirectoryNotContaining(path -> !path.equals(dir));
    }

    @Test
    void two_writers_of_one_folder_exclude_each_other() throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
            write(output, "plan.json", "first");

            assertThatThrownBy(() -> OutputFolder.create(dir, IfExists.REPLACE)).hasMessageStartingWith("[E_LOCKED]");

            output.publish();
        }
        assertThat(dir.resolve("plan.json")).hasContent("first");
    }

    @Test
    void there_may_be_nothing_to_resume() {
        assertThatThrownBy(() -> OutputFolder.resume(dir, IfExists.REFUSE))
                .hasMessageStartingWith("[E_NOT_FOUND]")
                .hasMessageContaining("no unfinished run");
    }

    @Test
    void a_path_that_can_hold_no_folder_is_named() throws IOException {
        Files.createFile(temp.resolve("file"));

        assertThatThrownBy(() -> OutputFolder.create(temp.resolve("file/out"), IfExists.REFUSE))
                .hasMessageContaining("can't create " + temp.resolve("file/out"));
    }

    private void publish(String plan, IfExists ifExists) throws IOException {
        try (OutputFolder output = OutputFolder.create(dir, ifExists)) {
            write(output, "plan.json", plan);
            output.publish();
        }
    }

    private static void write(OutputFolder output, String name, String text) throws IOException {
        Path file = output.path().resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
