package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns the file names of an index, which nobody vouches for, into paths inside the checkpoint's folder. A name is judged
 * by its text first and then by the real path of its parent folder; the file itself may be a symbolic link, as in the
 * hub's cache, where every file of a snapshot links to a blob beside it.
 */
final class ShardPaths {
    private final Path folder;
    private final Path index;
    private final Issues issues;

    ShardPaths(Path folder, Path index, Issues issues) {
        this.folder = folder;
        this.index = index;
        this.issues = issues;
    }

    /** The path of each shard that exists inside the folder, by its name; an issue for every other name. */
    Map<String, Path> resolve(List<String> names) {
        Map<String, Path> paths = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        for (String name : names) {
            Optional<Path> path = inside(name);
            if (path.isEmpty()) {
                issues.add(escape(index, name));
            } else if (Files.isRegularFile(path.get())) {
                paths.put(name, path.get());
            } else {
                missing.add(Excerpt.of(name));
            }
        }
        if (!missing.isEmpty()) {
            issues.add(Issue.error(
                            "E_SHARD_MISSING",
                            index + ": " + missing.size() + " of " + names.size() + " shards are not in the folder: "
                                    + String.join(", ", missing))
                    .withFix("the copy or the download did not finish; fetch these files again"));
        }
        return paths;
    }

    static Issue escape(Path index, String name) {
        return Issue.error(
                "E_PATH_ESCAPE",
                index + ": the shard " + Excerpt.quoted(name)
                        + " lies outside the checkpoint's folder; it was not opened");
    }

    private Optional<Path> inside(String name) {
        if (!CheckpointFiles.isPlain(name)) {
            return Optional.empty();
        }
        Path path = folder.resolve(name);
        boolean below = name.indexOf('/') >= 0 && Files.isDirectory(path.resolveSibling(""));
        return !below || staysInside(path.resolveSibling("")) ? Optional.of(path) : Optional.empty();
    }

    private boolean staysInside(Path parent) {
        try {
            return parent.toRealPath().startsWith(folder.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
