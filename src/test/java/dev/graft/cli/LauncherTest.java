package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code graft} script, with a Maven that "compiles" by copying the sources and a Java that prints its class path. */
class LauncherTest {
    private static final String MAVEN = """
            #!/usr/bin/env bash
            mkdir -p target/classes && cp cli/src/main/Main.txt target/classes/
            for word; do case $word in -Dmdep.outputFile=*) echo library.jar >"${word#*=}" ;; esac; done
            """;
    private static final String JAVA = """
            #!/usr/bin/env bash
            while (($#)); do [[ $1 == -cp ]] && echo "$2"; shift; done
            """;

    @TempDir
    private Path home;

    @BeforeEach
    void project() throws IOException {
        Files.copy(Path.of(System.getProperty("graft.home"), "graft"), home.resolve("graft"));
        Files.createDirectories(home.resolve("cli/src/main"));
        Files.createDirectories(home.resolve("jdk/bin"));
        Files.writeString(home.resolve("pom.xml"), "");
        program("jdk/bin/mvn", MAVEN);
        program("jdk/bin/java", JAVA);
        program("jdk/bin/jar", "#!/bin/sh\nexec '" + System.getProperty("java.home") + "/bin/jar' \"$@\"\n");
    }

    @Test
    void a_build_leaves_the_classes_of_a_running_process_alone() throws Exception {
        // given
        source("first", Instant.now().minusSeconds(60));
        Path classes = launched().get(0);
        try (ZipFile running = new ZipFile(classes.toFile())) {
            // when
            source("second", Instant.now().plusSeconds(60));
            Path again = launched().get(0);
            // then
            assertThat(main(running)).isEqualTo("first");
            try (ZipFile started = new ZipFile(again.toFile())) {
                assertThat(main(started)).isEqualTo("second");
            }
        }
    }

    @Test
    void the_libraries_of_the_build_follow_its_classes() throws Exception {
        source("any", Instant.now());

        assertThat(launched()).hasSize(2).last().isEqualTo(Path.of("library.jar"));
    }

    private void source(String text, Instant changed) throws IOException {
        Path file = home.resolve("cli/src/main/Main.txt");
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(changed));
    }

    private static String main(ZipFile jar) throws IOException {
        try (InputStream content = jar.getInputStream(jar.getEntry("Main.txt"))) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Runs the script. @return the class path that it gave to Java */
    private List<Path> launched() throws IOException, InterruptedException {
        ProcessBuilder process = new ProcessBuilder(home.resolve("graft").toString(), "plan")
                .redirectError(home.resolve("errors").toFile());
        process.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        process.environment().merge("PATH", home.resolve("jdk/bin").toString(), (path, own) -> own + ":" + path);
        Process started = process.start();
        String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(started.waitFor())
                .as(Files.readString(home.resolve("errors")))
                .isZero();
        return Stream.of(output.strip().split(":", -1)).map(Path::of).toList();
    }

    private void program(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
