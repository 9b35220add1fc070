package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Turns the file names of an index, which nobody vouches for, into paths inside the checkpoint's folder. A name is judged
 * by its text first and then by the real path of its parent folder; the file itself may be a symbolic link, as in the
 * hub's cache, where every file of a snapshot links to a blob beside it.
 */
final class ShardPaths {
    private static final Pattern DRIVE = Pattern.compile("^[A-Za-z]:.*", Pattern.DOTALL);

    private final Path folder;
    private final Path index;
    private final Issues issues;

    ShardPaths(Path folder, Path index, Issues issues) {
        this.folder = folder;
        this.index = index;
        this.issues = issues;
    }

    /** The paths of the shards that exist inside the folder; an issue for every other name. */
    List<Path> resolve(List<String> names) {
        List<Path> paths = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String name : names) {
            if (!isPlain(name) || !staysInside(folder.resolve(name))) {
                issues.add(Issue.error(
                        "E_PATH_ESCAPE",
                        index + ": the shard " + Excerpt.quoted(name)
                                + " lies outside the checkpoint's folder; it was not opened"));
            } else if (Files.isRegularFile(folder.resolve(name))) {
                paths.add(folder.resolve(name));
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

    private static boolean isPlain(String name) {
        return !name.isEmpty()
                && name.chars().noneMatch(Character::isISOControl)
                && !name.contains("\\")
                && !name.startsWith("/")
                && !DRIVE.matcher(name).matches()
                && List.of(name.split("/", -1)).stream()
                        .noneMatch(step -> step.isEmpty() || step.equals(".") || step.equals(".."));
    }

    private boolean staysInside(Path shard) {
        try {
            Path parent = shard.getParent();
            return parent == null
                    || !Files.isDirectory(parent)
                    || parent.toRealPath().startsWith(folder.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
