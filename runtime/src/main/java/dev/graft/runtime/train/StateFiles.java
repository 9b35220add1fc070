package dev.graft.runtime.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.Fingerprint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.data.Cursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Saved states: {@code state-STEP.safetensors}, and beside it its checksum, written last, which makes it count
 * ({@code sha256sum -c} reads it too). The state before goes when the new one is complete.
 */
final class StateFiles {
    private static final String VALUES = "values";
    private static final String OPTIMIZER = "optimizer.";
    private static final String STREAK = "streak.";
    private static final String CHECKSUM = ".sha256";
    private static final Pattern NAME = Pattern.compile("state-(\\d{1,18})\\.safetensors(\\.sha256)?");

    private final Path folder;

    StateFiles(Path folder) {
        this.folder = folder;
    }

    /** @throws GraftException {@code E_NOSPACE}, {@code E_PERM} or {@code E_IO}; the state before is still there then */
    void save(TrainingState state) {
        Path file = folder.resolve("state-" + state.step() + ".safetensors");
        SafetensorsWriter writer = new SafetensorsWriter().metadata(metadata(state));
        writer.floats(VALUES, List.of((long) state.values().length), state.values());
        state.optimizer()
                .forEach((name, values) -> writer.floats(OPTIMIZER + name, List.of((long) values.length), values));
        writer.write(file, IfExists.REPLACE);
        AtomicFile.write(checksum(file), IfExists.REPLACE, checksumLine(file));
        delete(state.step());
    }

    /**
     * The last complete state; empty if none was saved.
     *
     * @throws GraftException {@code E_CHECKSUM} if its bytes are not those that were written
     */
    Optional<TrainingState> latest() {
        Path latest = null;
        long step = -1;
        for (Path file : files()) {
            Matcher name = match(file);
            if (name.group(2) != null && Long.parseLong(name.group(1)) > step) {
                step = Long.parseLong(name.group(1));
                latest = file.resolveSibling(file.getFileName().toString().replace(CHECKSUM, ""));
            }
        }
        return Optional.ofNullable(latest).map(StateFiles::read);
    }

    /** Removes all states, before the folder is published. */
    void clear() {
        delete(-1);
    }

    private void delete(long exceptStep) {
        try {
            // The checksum first: a state without one does not count.
            for (Path file :
                    files().stream().sorted(java.util.Comparator.reverseOrder()).toList()) {
                if (Long.parseLong(match(file).group(1)) != exceptStep) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw FileProblem.of("remove states of", folder, e);
        }
    }

    private List<Path> files() {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(
                            file -> NAME.matcher(file.getFileName().toString()).matches())
                    .toList();
        } catch (IOException e) {
            throw FileProblem.of("read", folder, e);
        }
    }

    private static Matcher match(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
            throw new IllegalArgumentException(file + " is no state");
        }
        return name;
    }

    private static Path checksum(Path file) {
        return file.resolveSibling(file.getFileName() + CHECKSUM);
    }

    private static String checksumLine(Path file) {
        return sha256(file) + "  " + file.getFileName() + "\n";
    }

    private static TrainingState read(Path file) {
        requireChecksum(file);
        SafetensorsFile state = SafetensorsFile.open(file);
        Map<String, String> metadata = state.metadata();
        Map<String, float[]> optimizer = new LinkedHashMap<>();
        state.tensors().keySet().stream()
                .filter(name -> name.startsWith(OPTIMIZER))
                .forEach(name -> optimizer.put(name.substring(OPTIMIZER.length()), state.floats(name)));
        return new TrainingState(
                new RunIdentity(
                        text(metadata, "plan"),
                        text(metadata, "base"),
                        text(metadata, "data"),
                        text(metadata, "start")),
                number(metadata, "step"),
                new Cursor(number(metadata, "epoch"), (int) number(metadata, "position")),
                new Progress(
                        number(metadata, "skipped"),
                        (int) number(metadata, "non_finite"),
                        number(metadata, "validated"),
                        best(metadata),
                        streaks(metadata)),
                new RunLog.Lengths(number(metadata, "metrics"), number(metadata, "events")),
                state.floats(VALUES),
                optimizer);
    }

    private static void requireChecksum(Path file) {
        try {
            byte[] expected = Files.readAllBytes(checksum(file));
            if (Files.exists(file) && Arrays.equals(expected, checksumLine(file).getBytes(UTF_8))) {
                return;
            }
        } catch (IOException e) {
            throw FileProblem.of("read", checksum(file), e);
        }
        throw new GraftException(Issue.error(
                        "E_CHECKSUM", file + ": the saved state is damaged: its bytes do not match " + checksum(file))
                .withFix("start anew with --overwrite"));
    }

    private static Map<String, String> metadata(TrainingState state) {
        Progress progress = state.progress();
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("plan", state.run().plan());
        pairs.put("base", state.run().base());
        pairs.put("data", state.run().data());
        pairs.put("start", state.run().start());
        pairs.put("step", Long.toString(state.step()));
        pairs.put("epoch", Long.toString(state.cursor().epoch()));
        pairs.put("position", Integer.toString(state.cursor().position()));
        pairs.put("skipped", Long.toString(progress.skipped()));
        pairs.put("non_finite", Integer.toString(progress.nonFinite()));
        pairs.put("validated", Long.toString(progress.validated()));
        pairs.put("metrics", Long.toString(state.logs().metrics()));
        pairs.put("events", Long.toString(state.logs().events()));
        progress.streaks().forEach((name, steps) -> pairs.put(STREAK + name, Integer.toString(steps)));
        Progress.Best best = progress.best();
        if (best != null) {
            pairs.put("best_step", Long.toString(best.step()));
            pairs.put("best_loss", Double.toString(best.loss()));
        }
        return pairs;
    }

    private static Map<String, Integer> streaks(Map<String, String> metadata) {
        Map<String, Integer> streaks = new LinkedHashMap<>();
        metadata.keySet().stream()
                .filter(key -> key.startsWith(STREAK))
                .forEach(key -> streaks.put(key.substring(STREAK.length()), (int) number(metadata, key)));
        return streaks;
    }

    private static Progress.@Nullable Best best(Map<String, String> metadata) {
        return metadata.containsKey("best_step")
                ? new Progress.Best(number(metadata, "best_step"), Double.parseDouble(text(metadata, "best_loss")))
                : null;
    }

    private static long number(Map<String, String> metadata, String key) {
        return Long.parseLong(text(metadata, key));
    }

    private static String text(Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null) {
            throw new GraftException(
                    Issue.error("E_RESUME", "the saved state has no " + key + ": it was written by another version")
                            .withFix("start anew with --overwrite"));
        }
        return value;
    }

    private static String sha256(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            Fingerprint print = new Fingerprint();
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            while (channel.read(buffer) >= 0) {
                print.add(buffer.flip());
                buffer.clear();
            }
            return print.hex();
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }
}
