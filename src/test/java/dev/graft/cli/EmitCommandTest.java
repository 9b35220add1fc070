package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmitCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void writes_a_project_and_lists_its_files() {
        Path out = folder.resolve("project");

        Graft emitted = Graft.run("emit", "adamoe", "--out", out, "--package", "com.example.moe");

        assertThat(emitted.exitCode()).isZero();
        assertThat(out.resolve("pom.xml")).exists();
        assertThat(out.resolve("src/main/java/com/example/moe/AdamoeModel.java"))
                .content()
                .contains("package com.example.moe;");
        assertThat(emitted.out()).contains("AdamoeTraining.java", "lines");
    }

    @Test
    void refuses_a_folder_that_is_there_unless_told_to_overwrite() {
        Path out = folder.resolve("project");
        assertThat(Graft.run("emit", "plain-lora", "--out", out).exitCode()).isZero();

        Graft refused = Graft.run("emit", "adamoe", "--out", out);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_EXISTS]", "--overwrite");
        assertThat(out.resolve("src/main/java/generated/adamoe")).doesNotExist();
        assertThat(Graft.run("emit", "adamoe", "--out", out, "--overwrite").exitCode())
                .isZero();
        assertThat(out.resolve("src/main/java/generated/adamoe")).isDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"com.example.", "com.class", "1st", "../up", ""})
    void refuses_what_is_no_package(String name) {
        Graft refused = Graft.run("emit", "adamoe", "--out", folder.resolve("project"), "--package", name);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_USAGE]", "is no name for a Java package");
        assertThat(folder.resolve("project")).doesNotExist();
    }
}
