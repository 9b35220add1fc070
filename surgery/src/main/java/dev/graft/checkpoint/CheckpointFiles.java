package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The names of the files that a checkpoint is made of, and which of them a folder lacks. */
public final class CheckpointFiles {
    public static final String CONFIG = "config.json";
    public static final String SINGLE = "model.safetensors";
    public static final String INDEX = "model.safetensors.index.json";

    private CheckpointFiles() {}

    /**
     * Whether a name is made of ordinary names between single slashes, with nothing that any system reads as a way up or a
     * drive.
     */
    public static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            char character = name.charAt(i);
            if (Character.isISOControl(character) || character == '\\' || character == ':') {
                return false;
            }
        }
        for (String step : name.split("/", -1)) {
            if (step.isEmpty() || step.equals(".") || step.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /**
     * The shards that an index names, sorted, each once.
     *
     * @throws GraftException {@code E_PATH_ESCAPE} for every name that isn't plain; {@code E_INDEX_JSON}, {@code E_DUP_KEY}
     */
    public static List<String> shards(Path index) {
        List<String> names = ShardIndex.read(index).names();
        Issues issues = new Issues();
        names.stream().filter(name -> !isPlain(name)).forEach(name -> issues.add(ShardPaths.escape(index, name)));
        issues.throwIfErrors();
        return names;
    }

    /**
     * The files without which this folder is no checkpoint.
     *
     * @throws GraftException for an index that can't be read
     */
    public static List<String> missing(Path folder) {
        List<String> needed = new ArrayList<>(List.of(CONFIG));
        if (!isFile(folder, SINGLE) && isFile(folder, INDEX)) {
            needed.addAll(shards(folder.resolve(INDEX)));
        } else {
            needed.add(SINGLE);
        }
        needed.removeIf(name -> isFile(folder, name));
        return needed;
    }

    /**
     * Says what a folder has instead of weights that can be read.
     *
     * @param where the folder, or what stands for it
     * @param names of its files
     */
    public static Issue noWeights(Path where, Collection<String> names) {
        List<String> sorted = names.stream().sorted().toList();
        List<String> shards =
                sorted.stream().filter(name -> name.endsWith(".safetensors")).toList();
        if (!shards.isEmpty()) {
            return Issue.error(
                            "E_NOT_FOUND",
                            where + ": there is neither " + SINGLE + " nor " + INDEX + ", only " + Excerpt.some(shards))
                    .withFix("fetch " + INDEX + " as well, or name the one file that is meant");
        }
        return sorted.stream()
                .map(name -> ForeignFormat.byName(where.resolve(name)))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseGet(() -> Issue.error(
                        "E_NOT_FOUND", where + ": no checkpoint here: there is neither " + SINGLE + " nor " + INDEX));
    }

    private static boolean isFile(Path folder, String name) {
        return Files.isRegularFile(folder.resolve(name));
    }
}
