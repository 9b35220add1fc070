package dev.graft.cli;

import dev.graft.checkpoint.FileProblem;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.samples.Sample;
import dev.graft.surgery.SurgeryJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A spec as the command line names it: a Java source file, a spec's JSON form, or the name of a sample.
 *
 * @param base the embedded checkpoint that it is meant for, if it says so
 */
record SpecFile(Surgery surgery, Optional<String> base) {
    private static final UserSource<Spec> SOURCE =
            new UserSource<>(Spec.class, "public Surgery define() { return surgery(\"my-name\", s -> ...); }");

    static SpecFile load(String fileOrSample) {
        if (fileOrSample.endsWith(".java")) {
            Path file = Path.of(fileOrSample);
            return of(SOURCE.load(file), file.getFileName().toString());
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

    private static SpecFile of(Spec spec, String file) {
        return UserSource.calling(file, () -> new SpecFile(spec.define(), spec.base()));
    }
}
