package dev.graft.cli;

import dev.graft.checkpoint.FileProblem;
import dev.graft.codegen.CompiledSources;
import dev.graft.codegen.SourceCompiler;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.samples.Sample;
import dev.graft.surgery.SurgeryJson;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A spec as the command line names it: a Java source file, a spec's JSON form, or the name of a sample.
 *
 * @param base the embedded checkpoint that it is meant for, if it says so
 */
record SpecFile(Surgery surgery, Optional<String> base) {

    static SpecFile load(String fileOrSample) {
        if (fileOrSample.endsWith(".java")) {
            return of(compiled(Path.of(fileOrSample)), fileName(fileOrSample));
        }
        if (fileOrSample.endsWith(".json")) {
            Path file = Path.of(fileOrSample);
            return new SpecFile(inFile(file, () -> SurgeryJson.read(text(file))), Optional.empty());
        }
        return Sample.named(fileOrSample)
                .map(sample -> of(sample.spec(), sample.name()))
                .orElseThrow(() -> unknown(fileOrSample));
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    /** Names the file in what its reader refuses. */
    static <T> T inFile(Path file, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (GraftException e) {
            throw new GraftException(e.issues().stream()
                    .map(issue -> issue.message().contains(file.toString())
                            ? issue
                            : new Issue(
                                    issue.severity(),
                                    issue.code(),
                                    file + ": " + issue.message(),
                                    issue.candidates(),
                                    issue.fix(),
                                    issue.at()))
                    .toList());
        }
    }

    private static GraftException unknown(String asked) {
        return new GraftException(Issue.error("E_SPEC", "'" + asked + "' is neither a .java or .json file nor a sample")
                .withCandidates(NearestNames.of(asked, Sample.names()))
                .withFix("the samples are: " + String.join(", ", Sample.names())));
    }

    /** What the user's own code throws is a problem of the spec, with its line. */
    private static SpecFile of(Spec spec, String file) {
        try {
            return new SpecFile(spec.define(), spec.base());
        } catch (GraftException e) {
            throw e;
        } catch (RuntimeException e) {
            throw thrown(file, e);
        }
    }

    private static Spec compiled(Path file) {
        CompiledSources compiled = SourceCompiler.compile(Map.of(file.toString(), text(file)), List.of("-Xlint:all"));
        List<? extends Class<?>> specs = compiled.names().stream()
                .map(name -> load(compiled, name))
                .filter(type -> Spec.class.isAssignableFrom(type) && Modifier.isPublic(type.getModifiers()))
                .toList();
        if (specs.size() != 1) {
            throw new GraftException(
                    Issue.error(
                                    "E_SPEC",
                                    file + " has " + specs.size()
                                            + " public classes that implement dev.graft.dsl.Spec, not 1")
                            .withFix(
                                    "write: public final class "
                                            + fileName(file.toString()).replace(".java", "")
                                            + " implements Spec { public Surgery define() { return surgery(\"my-name\", s -> ...); } }"));
        }
        return instance(specs.get(0), file);
    }

    private static Class<?> load(ClassLoader loader, String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Spec instance(Class<?> type, Path file) {
        try {
            return (Spec) type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            if (e.getTargetException() instanceof GraftException refusal) {
                throw refusal;
            }
            throw thrown(fileName(file.toString()), e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw new GraftException(
                    Issue.error(
                                    "E_SPEC",
                                    file + ": " + type.getSimpleName()
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

    private static String fileName(String path) {
        return Path.of(path).getFileName().toString();
    }
}
