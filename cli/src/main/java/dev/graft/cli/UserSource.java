package dev.graft.cli;

import dev.graft.codegen.CompiledSources;
import dev.graft.codegen.SourceCompiler;
import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A Java file of the user's with one public class that implements an interface of ours.
 *
 * @param type the interface
 * @param body what such a class says, as an example
 */
record UserSource<T>(Class<T> type, String body) {

    /** Compiles the file and makes an object of its class. */
    T load(Path file) {
        CompiledSources compiled =
                SourceCompiler.compile(Map.of(file.toString(), SpecFile.text(file)), List.of("-Xlint:all"));
        List<? extends Class<?>> found = compiled.names().stream()
                .map(name -> load(compiled, name))
                .filter(candidate -> type.isAssignableFrom(candidate) && Modifier.isPublic(candidate.getModifiers()))
                .toList();
        if (found.size() != 1) {
            throw new GraftException(Issue.error(
                            "E_SPEC",
                            file + " has " + found.size() + " public classes that implement " + type.getName()
                                    + ", not 1")
                    .withFix("write: public final class " + fileName(file).replace(".java", "") + " implements "
                            + type.getSimpleName() + " { " + body + " }"));
        }
        return instance(found.get(0), file);
    }

    /** What the user's own code throws is a problem of the file, with its line. */
    static <R> R calling(String file, Supplier<R> code) {
        try {
            return code.get();
        } catch (GraftException e) {
            throw e;
        } catch (RuntimeException e) {
            throw thrown(file, e);
        }
    }

    private static Class<?> load(ClassLoader loader, String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private T instance(Class<?> found, Path file) {
        try {
            return type.cast(found.getConstructor().newInstance());
        } catch (InvocationTargetException e) {
            if (e.getTargetException() instanceof GraftException refusal) {
                throw refusal;
            }
            throw thrown(fileName(file), e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw new GraftException(
                    Issue.error(
                                    "E_SPEC",
                                    file + ": " + found.getSimpleName()
                                            + " has no public constructor without parameters")
                            .withFix("let the class be public, not abstract, and without constructors"),
                    e);
        }
    }

    private static GraftException thrown(String file, Throwable problem) {
        Issue issue = Issue.error("E_SPEC", file + " threw " + problem);
        return new GraftException(
                Arrays.stream(problem.getStackTrace())
                        .filter(frame -> file.equals(frame.getFileName()))
                        .findFirst()
                        .map(frame -> issue.at(new CallSite(file, frame.getLineNumber())))
                        .orElse(issue),
                problem);
    }

    private static String fileName(Path file) {
        return file.getFileName().toString();
    }
}
