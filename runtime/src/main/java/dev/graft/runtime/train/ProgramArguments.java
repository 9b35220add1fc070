package dev.graft.runtime.train;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Mixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The arguments of a generated program. */
record ProgramArguments(Map<String, List<String>> values, Set<String> flags) {
    static final String USAGE = """
            Trains the adapters of this program.

              --base FOLDER        the checkpoint: config.json, tokenizer.json, *.safetensors
              --data FILE          what to learn from: .json and .jsonl are instructions, all else is text; may be repeated
              --validation FILE    what to measure on; may be repeated
              --out FOLDER         the run's folder, made when the run is complete
              --first N            use only the first N examples of the data
              --overwrite          replace the folder if it is there
              --resume             go on with the unfinished run of FOLDER.partial
              --force              start even if the memory seems too small
              --help               this text

            Exit codes: 0 done, 2 usage or input, 3 internal or I/O, 130 and 143 interrupted after saving.\
            """;

    private static final Set<String> VALUES = Set.of("--base", "--data", "--validation", "--out", "--first");
    private static final Set<String> FLAGS = Set.of("--overwrite", "--resume", "--force", "--help");

    /** @throws GraftException {@code E_USAGE} with every argument that is wrong */
    static ProgramArguments parse(String... args) {
        Issues issues = new Issues();
        Map<String, List<String>> values = new LinkedHashMap<>();
        Set<String> flags = new java.util.LinkedHashSet<>();
        Iterator<String> rest = List.of(args).iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            if (FLAGS.contains(argument)) {
                flags.add(argument);
            } else if (VALUES.contains(argument) && rest.hasNext()) {
                values.computeIfAbsent(argument, key -> new ArrayList<>()).add(rest.next());
            } else if (VALUES.contains(argument)) {
                issues.add(usage(argument + " has no value"));
            } else {
                List<String> known = new ArrayList<>(VALUES);
                known.addAll(FLAGS);
                issues.add(usage("there is no option '" + argument + "'")
                        .withCandidates(NearestNames.of(argument, known)));
            }
        }
        if (!flags.contains("--help")) {
            for (String needed : List.of("--base", "--data", "--out")) {
                if (!values.containsKey(needed)) {
                    issues.add(usage(needed + " is missing"));
                }
            }
        }
        issues.throwIfErrors();
        return new ProgramArguments(values, flags);
    }

    boolean help() {
        return flags.contains("--help");
    }

    RunRequest request(String plan) {
        return new RunRequest(
                Path.of(one("--base")),
                files("--data", spec -> spec.first(first())),
                values.containsKey("--validation")
                        ? Optional.of(files("--validation", spec -> spec.mixture(Mixture.heldOut())))
                        : Optional.empty(),
                Path.of(one("--out")),
                flags.contains("--overwrite"),
                flags.contains("--resume"),
                flags.contains("--force"),
                Watching.USUAL,
                plan,
                Optional.empty());
    }

    private DataFiles files(String option, UnaryOperator<DataSpec> reading) {
        List<Path> files =
                values.getOrDefault(option, List.of()).stream().map(Path::of).toList();
        return new DataFiles(reading.apply(DataSpec.of(files.get(0))), files);
    }

    private int first() {
        if (!values.containsKey("--first")) {
            return 0;
        }
        String number = one("--first");
        if (!number.matches("[1-9]\\d{0,8}")) {
            throw new GraftException(usage("--first takes a number of examples, not '" + number + "'"));
        }
        return Integer.parseInt(number);
    }

    private String one(String option) {
        List<String> given = values.getOrDefault(option, List.of());
        if (given.size() != 1) {
            throw new GraftException(usage(option + " is given " + given.size() + " times"));
        }
        return given.get(0);
    }

    private static Issue usage(String problem) {
        return Issue.error("E_USAGE", problem).withFix("see --help");
    }
}
