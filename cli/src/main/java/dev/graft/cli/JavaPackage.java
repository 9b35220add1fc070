package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import javax.lang.model.SourceVersion;

/** A package's name from the command line. */
final class JavaPackage {
    private JavaPackage() {}

    static String checked(String name) {
        if (!SourceVersion.isName(name, SourceVersion.RELEASE_17)) {
            throw new GraftException(Issue.error("E_USAGE", "'" + name + "' is no name for a Java package")
                    .withFix("use a name such as com.example.adamoe"));
        }
        return name;
    }
}
