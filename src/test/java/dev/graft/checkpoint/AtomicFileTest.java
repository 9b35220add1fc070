package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void a_file_is_written_with_its_folders() {
        Path file = folder.resolve("a/b/plan.json");

        AtomicFile.write(file, IfExists.REFUSE, "plän");

        assertThat(file).hasContent("plän");
        assertThat(file.getParent()).isDirectoryContaining(only -> only.equals(file));
    }

    @Test
    void an_existing_file_is_refused_or_replaced() {
        Path file = folder.resolve("plan.json");
        AtomicFile.write(file, IfExists.REFUSE, "old");

        assertThatThrownBy(() -> AtomicFile.write(file, IfExists.REFUSE, "new"))
                .hasMessageStartingWith("[E_EXISTS]")
                .hasMessageContaining(file.toString());
        assertThat(file).hasContent("old");

        AtomicFile.write(file, IfExists.REPLACE, "new");
        assertThat(file).hasContent("new");
    }

    @Test
    void a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        Path file = folder.resolve("plan.json");
        AtomicFile.write(file, IfExists.REFUSE, "old");

        assertThatThrownBy(() -> AtomicFile.write(file, IfExists.REPLACE, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[100]));
                    throw new IOException("No space left on device");
                }))
                .hasMessageStartingWith("[E_NOSPACE] can't write " + file);

        assertThat(file).hasContent("old");
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void what_a_killed_process_left_is_cleaned_up() throws IOException {
        Files.writeString(folder.resolve(".plan.json.partial"), "half");

        AtomicFile.write(folder.resolve("plan.json"), IfExists.REFUSE, "whole");

        assertThat(folder.resolve("plan.json")).hasContent("whole");
        assertThat(folder.resolve(".plan.json.partial")).doesNotExist();
    }

    @Test
    void two_writers_of_one_file_exclude_each_other() {
        Path file = folder.resolve("plan.json");

        AtomicFile.write(
                file,
                IfExists.REFUSE,
                channel -> assertThatThrownBy(() -> AtomicFile.write(file, IfExists.REFUSE, "second"))
                        .hasMessageStartingWith("[E_LOCKED]"));

        assertThat(file).isEmptyFile();
    }

    @Test
    void a_size_that_the_disk_has_no_room_for_is_refused_before_writing() {
        assertThatThrownBy(() -> AtomicFile.write(folder.resolve("x"), IfExists.REFUSE, Long.MAX_VALUE, channel -> {}))
                .hasMessageStartingWith("[E_NOSPACE]")
                .hasMessageContaining(Long.MAX_VALUE + " bytes are to be written");
        assertThat(folder).isEmptyDirectory();
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new AccessDeniedException("x"), "E_PERM"),
                Arguments.of(new FileSystemException("x", null, "Read-only file system"), "E_PERM"),
                Arguments.of(new FileSystemException("x", null, "No space left on device"), "E_NOSPACE"),
                Arguments.of(new IOException("Disk quota exceeded"), "E_NOSPACE"),
                Arguments.of(new IOException("File too large"), "E_NOSPACE"),
                Arguments.of(new NoSuchFileException("x"), "E_NOT_FOUND"),
                Arguments.of(new IOException("Input/output error"), "E_IO"),
                Arguments.of(new IOException(), "E_IO"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failure_of_the_file_system_has_a_code_and_names_the_file(IOException failure, String code) {
        assertThat(FileProblem.of("write", Path.of("out.json"), failure))
                .hasMessageStartingWith("[" + code + "] can't write out.json: ")
                .hasCause(failure);
    }
}
