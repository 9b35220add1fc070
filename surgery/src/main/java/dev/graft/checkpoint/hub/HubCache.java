package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.CheckpointFiles;
import dev.graft.checkpoint.Disk;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.IfExists;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One model's part of the cache, as the hub documents it for all languages:
 * {@code models--org--name/refs/REVISION} holds a commit, {@code blobs/HASH} a file's content, and
 * {@code snapshots/COMMIT/NAME} links to it; an empty {@code .no_exist/COMMIT/NAME} says that there is no such file.
 */
final class HubCache {
    private final Path root;
    private final HubModel model;

    HubCache(Path root, HubModel model) {
        this.root = root.toAbsolutePath().normalize();
        this.model = model;
    }

    Path folder() {
        return root.resolve(model.folder());
    }

    /** The revision's files, complete or not, if the cache knows which commit that is. */
    Optional<Path> snapshot() {
        return commit().map(this::snapshot).filter(Files::isDirectory);
    }

    Path snapshot(String commit) {
        return folder().resolve("snapshots").resolve(commit);
    }

    private Optional<String> commit() {
        if (model.isPinned()) {
            return Optional.of(model.revision());
        }
        Path ref = ref();
        if (!Files.isRegularFile(ref)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(ref).strip()).filter(HubModel::isCommit);
        } catch (IOException e) {
            throw FileProblem.of("read", ref, e);
        }
    }

    private Path ref() {
        return folder().resolve("refs").resolve(model.revision());
    }

    /** What a snapshot lacks of what Graft needs; it never was there, or its blob is gone. */
    List<String> missing(Path snapshot) {
        List<String> missing = new ArrayList<>(CheckpointFiles.missing(snapshot));
        boolean settled = Files.exists(snapshot.resolve(HubListing.TOKENIZER))
                || Files.exists(absence(snapshot.getFileName().toString(), HubListing.TOKENIZER));
        if (!settled) {
            missing.add(HubListing.TOKENIZER);
        }
        return missing;
    }

    /** Makes the folders for a snapshot's files, which other programs expect to find together. */
    void prepare(String commit) {
        for (Path needed : List.of(folder().resolve("blobs"), folder().resolve("refs"), snapshot(commit))) {
            try {
                Files.createDirectories(needed);
            } catch (IOException e) {
                throw FileProblem.of("create", needed, e);
            }
        }
    }

    /** Where a content is, once it is complete. */
    Path blob(ContentHash hash) {
        return folder().resolve("blobs").resolve(hash.hex());
    }

    /** Where it grows. The Python library has other names for its own. */
    Path incomplete(ContentHash hash) {
        return folder().resolve("blobs").resolve(hash.hex() + ".graft.incomplete");
    }

    /** The file that a download locks. */
    Path lock() {
        return root.resolve(".locks").resolve(model.folder()).resolve("graft.lock");
    }

    /** Shows a blob as a file of the snapshot; moves it there where the disk has no links. */
    void link(String commit, String name, ContentHash hash) {
        Path file = snapshot(commit).resolve(name);
        Path folder = file.resolveSibling("");
        Path blob = blob(hash);
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(file); // a link to a blob that is gone
            try {
                Files.createSymbolicLink(file, folder.relativize(blob));
            } catch (FileAlreadyExistsException e) {
                return; // another program was quicker
            } catch (IOException | UnsupportedOperationException e) {
                Files.move(blob, file);
            }
            Disk.syncFolder(folder);
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }

    /** Remembers that the commit has no such file. */
    void noteAbsent(String commit, String name) {
        Path file = absence(commit, name);
        if (!Files.exists(file)) {
            AtomicFile.write(file, IfExists.REPLACE, "");
        }
    }

    private Path absence(String commit, String name) {
        return folder().resolve(".no_exist").resolve(commit).resolve(name);
    }

    /** The revision is this commit from now on. */
    void refer(String commit) {
        if (!model.isPinned()) {
            AtomicFile.write(ref(), IfExists.REPLACE, commit);
        }
    }
}
