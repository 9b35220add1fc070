package dev.graft.codegen;

import com.palantir.javapoet.ClassName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The generated project's {@code pom.xml}: builds on its own where Graft is installed, its jar trains. */
final class ProjectFile {
    private static final String TEMPLATE = "project.xml";

    private ProjectFile() {}

    static String pom(String packageName, String name, ClassName main) {
        try (InputStream template = ProjectFile.class.getResourceAsStream(TEMPLATE)) {
            if (template == null) {
                throw new IllegalStateException(TEMPLATE + " is missing from the class path");
            }
            return new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@group@", packageName)
                    .replace("@artifact@", name)
                    .replace("@main@", main.canonicalName());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
