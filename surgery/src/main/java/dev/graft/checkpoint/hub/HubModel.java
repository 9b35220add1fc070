package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.CheckpointFiles;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub: {@code org/name}, optionally {@code org/name@revision}. Names are checked by the hub's own rules, so
 * that none leads out of the cache.
 *
 * @param revision a branch, a tag or a commit
 */
public record HubModel(String id, String revision) {
    private static final String MAIN = "main";
    private static final String NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern WRITTEN = Pattern.compile("(" + NAME + "/" + NAME + ")(?:@(.+))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** The model that a text names, if it can be the name of one. */
    public static Optional<HubModel> named(String text) {
        Matcher written = WRITTEN.matcher(text);
        if (!written.matches()) {
            return Optional.empty();
        }
        String id = written.group(1);
        String revision = written.group(2) == null ? MAIN : written.group(2);
        boolean possible = !id.contains("--") && !id.contains("..") && CheckpointFiles.isPlain(revision);
        return possible ? Optional.of(new HubModel(id, revision)) : Optional.empty();
    }

    /** Whether the revision is a whole commit, which never changes. */
    boolean isPinned() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Its folder in the cache. */
    String folder() {
        return "models--" + id.replace("/", "--");
    }

    @Override
    public String toString() {
        return revision.equals(MAIN) ? id : id + "@" + revision;
    }
}
