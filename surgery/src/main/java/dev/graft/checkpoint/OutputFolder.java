package dev.graft.checkpoint;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;

/**
 * A folder that is absent or complete: work goes on in {@code DIR.partial}, {@link #publish} forces it to the disk and
 * renames it. Closed before that, it vanishes, unless {@link #keepUnfinished} was called. One process at a time.
 *
 * <pre>{@code
 * try (OutputFolder output = OutputFolder.create(dir, IfExists.REFUSE)) {
 *     Files.writeString(output.path().resolve("plan.json"), json);
 *     output.publish();
 * }
 * }</pre>
 */
public final class OutputFolder implements AutoCloseable {
    /** In every published folder; only a folder that has it is ever replaced. */
    static final String MARKER = ".graft";

    private static final String LOCK = ".lock";
    private static final String UNFINISHED = ".unfinished";

    private final Path target;
    private final Path partial;
    private final IfExists ifExists;
    private final FileChannel lock;
    private final Set<Path> reused = new HashSet<>();
    private boolean published;

    private OutputFolder(Path target, Path partial, IfExists ifExists, FileChannel lock) {
        this.target = target;
        this.partial = partial;
        this.ifExists = ifExists;
        this.lock = lock;
    }

    /**
     * Begins an empty folder; what a killed process left in {@code DIR.partial} is removed, except work that
     * {@link #keepUnfinished} protects.
     *
     * @throws GraftException {@code E_EXISTS}, {@code E_LOCKED}, {@code E_PERM}, {@code E_NOSPACE} or {@code E_IO}
     */
    @CheckReturnValue
    public static OutputFolder create(Path dir, IfExists ifExists) {
        Path target = dir.toAbsolutePath().normalize();
        Path partial = partialOf(target);
        try {
            undoHalfReplacement(target);
            refuseExisting(target, ifExists);
            Files.createDirectories(partial);
            FileChannel lock = ExclusiveFile.create(partial.resolve(LOCK));
            try {
                if (ifExists == IfExists.REFUSE && Files.exists(partial.resolve(UNFINISHED))) {
                    throw new GraftException(Issue.error("E_EXISTS", partial + ": an unfinished run is here")
                            .withFix("continue it with --resume, or give it up with --overwrite"));
                }
                clear(partial);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
            return new OutputFolder(target, partial, ifExists, lock);
        } catch (IOException e) {
            throw FileProblem.of("create", dir, e);
        }
    }

    /**
     * Goes on in {@code DIR.partial} as it is.
     *
     * @throws GraftException {@code E_NOT_FOUND} if there is nothing to continue; {@code E_LOCKED} while its process runs
     */
    @CheckReturnValue
    public static OutputFolder resume(Path dir, IfExists ifExists) {
        Path target = dir.toAbsolutePath().normalize();
        Path partial = partialOf(target);
        try {
            if (!Files.exists(partial.resolve(UNFINISHED))) {
                throw new GraftException(Issue.error("E_NOT_FOUND", partial + ": there is no unfinished run to resume")
                        .withFix("start without --resume"));
            }
            refuseExisting(target, ifExists);
            return new OutputFolder(target, partial, ifExists, ExclusiveFile.create(partial.resolve(LOCK)));
        } catch (IOException e) {
            throw FileProblem.of("resume", dir, e);
        }
    }

    /**
     * Refuses an output folder that is what is read or has it inside: replacing it would take the input away.
     *
     * @throws GraftException {@code E_EXISTS}
     */
    public static void requireApart(Path dir, Path input) {
        try {
            if (Files.exists(dir) && input.toRealPath().startsWith(dir.toRealPath())) {
                throw new GraftException(
                        Issue.error("E_EXISTS", dir + ": the output would replace what is read, " + input)
                                .withFix("choose another folder"));
            }
        } catch (IOException e) {
            throw FileProblem.of("read", input, e);
        }
    }

    /** Whether {@code DIR.partial} holds work that {@link #resume} can go on with. */
    public static boolean isUnfinished(Path dir) {
        return Files.exists(partialOf(dir.toAbsolutePath().normalize()).resolve(UNFINISHED));
    }

    /** Where to write until the folder is published. */
    public Path path() {
        return partial;
    }

    /**
     * Puts a file of somewhere else into the folder.
     *
     * @param name its path in the folder
     * @throws GraftException {@code E_LINK} where the disk has no links
     */
    public void reuse(Path source, String name, Reuse how) {
        Path file = partial.resolve(name);
        try {
            how.put(source.toRealPath(), file);
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
        if (how == Reuse.LINK) {
            reused.add(file);
        }
    }

    /** @throws GraftException {@code E_NOSPACE} if the disk has less room than this */
    public void requireSpace(long bytes) {
        try {
            Disk.requireSpace(partial, bytes);
        } catch (IOException e) {
            throw FileProblem.of("write", partial, e);
        }
    }

    /** From now on the work stays in {@code DIR.partial} when the process ends early, for {@link #resume}. */
    public void keepUnfinished() {
        try {
            if (!Files.exists(partial.resolve(UNFINISHED))) {
                Files.createFile(partial.resolve(UNFINISHED));
                Disk.syncFolder(partial);
            }
        } catch (IOException e) {
            throw FileProblem.of("write", partial, e);
        }
    }

    /** Makes the folder complete under its own name; nothing may be written through {@link #path} afterwards. */
    public void publish() {
        try {
            if (!Files.exists(partial.resolve(MARKER))) {
                Files.createFile(partial.resolve(MARKER));
            }
            Disk.syncTree(partial, reused);
            refuseExisting(target, ifExists);
            takeName();
            published = true;
            Files.deleteIfExists(target.resolve(LOCK));
            Files.deleteIfExists(target.resolve(UNFINISHED));
            Disk.syncFolder(target);
            Disk.syncFolder(parentOf(target));
            Disk.deleteTree(replacedOf(target));
        } catch (IOException e) {
            throw FileProblem.of("write", target, e);
        }
    }

    private void takeName() throws IOException {
        if (!Files.exists(target)) {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        Path replaced = replacedOf(target);
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            try {
                Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException stillFails) {
                e.addSuppressed(stillFails); // the next command puts it back
            }
            throw e;
        }
    }

    @Override
    public void close() {
        try (lock) {
            if (published) {
                return;
            }
            if (Files.exists(partial.resolve(UNFINISHED))) {
                Files.deleteIfExists(partial.resolve(LOCK));
            } else {
                Disk.deleteTree(partial);
            }
        } catch (IOException e) {
            throw FileProblem.of("remove", partial, e);
        }
    }

    private static void refuseExisting(Path target, IfExists ifExists) throws IOException {
        if (!Files.exists(target) || (Files.isDirectory(target) && Disk.isEmptyFolder(target))) {
            return;
        }
        if (ifExists == IfExists.REFUSE) {
            throw new GraftException(Issue.error("E_EXISTS", target + ": the output is there already")
                    .withFix("choose another folder, or replace it with --overwrite"));
        }
        if (!Files.exists(target.resolve(MARKER))) {
            throw new GraftException(Issue.error(
                            "E_EXISTS",
                            target + ": this was not written by Graft (it has no " + MARKER
                                    + "), so it is not replaced")
                    .withFix("choose another folder, or remove it yourself"));
        }
    }

    /**
     * A process that was killed between the two renames of a replacement left the old folder under another name, one that
     * was killed later left what it had not yet removed of it.
     */
    private static void undoHalfReplacement(Path target) throws IOException {
        Path replaced = replacedOf(target);
        if (Files.exists(target.resolve(MARKER))) {
            Disk.deleteTree(replaced);
        } else if (Files.exists(replaced.resolve(MARKER)) && !Files.exists(target)) {
            Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void clear(Path partial) throws IOException {
        try (var content = Files.newDirectoryStream(partial)) {
            for (Path path : content) {
                if (!path.endsWith(LOCK)) {
                    Disk.deleteTree(path);
                }
            }
        }
    }

    private static Path partialOf(Path target) {
        return target.resolveSibling(target.getFileName() + ".partial");
    }

    private static Path replacedOf(Path target) {
        return target.resolveSibling("." + target.getFileName() + ".replaced");
    }

    private static Path parentOf(Path target) {
        Path parent = target.getParent();
        return parent == null ? target : parent;
    }
}
