package dev.graft.checkpoint.hub;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.checkpoint.CheckpointFiles;
import dev.graft.checkpoint.Disk;
import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Models by name. What the cache has is used as it is and nothing is contacted, also where a branch has moved on; what it
 * lacks is downloaded into it: resumed where an earlier download stopped, verified, and visible only when it is complete.
 * The layout and the names are those of the Python library (<a
 * href="https://huggingface.co/docs/hub/local-cache">documented for all languages</a>), and both use one cache.
 */
@CheckReturnValue
public final class Hub {
    private final HubSettings settings;
    private final HubMonitor monitor;

    public Hub(HubSettings settings, HubMonitor monitor) {
        this.settings = settings;
        this.monitor = monitor;
    }

    /**
     * The folder with the model's files, of which those that Graft doesn't read may be missing.
     *
     * @throws GraftException {@code E_OFFLINE}, {@code E_NOT_FOUND}, {@code E_ACCESS}, {@code E_NETWORK} (worth another try:
     *     it goes on where it stopped), {@code E_HUB}, {@code E_CHECKSUM}, {@code E_PATH_ESCAPE}, and those of a disk
     */
    public Path folder(HubModel model) {
        HubCache cache = new HubCache(settings.cache(), model);
        Optional<Path> complete = complete(cache);
        if (complete.isPresent()) {
            return complete.get();
        }
        if (settings.offline()) {
            return offline(model, cache);
        }
        return ModelLock.holding(
                cache.lock(),
                () -> monitor.waiting(model),
                () -> complete(cache)
                        .orElseGet(() -> new Fetch(model, cache).run())); // whoever was waited for may have brought it
    }

    private static Optional<Path> complete(HubCache cache) {
        return cache.snapshot().filter(snapshot -> cache.missing(snapshot).isEmpty());
    }

    /** A plan needs no tokenizer, and what needs one says so itself. */
    private static Path offline(HubModel model, HubCache cache) {
        Optional<Path> snapshot = cache.snapshot();
        List<String> missing = snapshot.map(CheckpointFiles::missing).orElse(List.of());
        if (snapshot.isEmpty() || !missing.isEmpty()) {
            throw HubRefusal.offline(model, snapshot.orElse(cache.folder()), missing);
        }
        return snapshot.get();
    }

    /** One download. The weights come last, so that a snapshot with all its weights has everything else. */
    private final class Fetch {
        private final HubModel model;
        private final HubCache cache;
        private final HubApi api;
        private final Download download;

        Fetch(HubModel model, HubCache cache) {
            this.model = model;
            this.cache = cache;
            this.api = new HubApi(settings, monitor, model);
            this.download = new Download(api, monitor, settings);
        }

        Path run() {
            HubListing listing = api.listing();
            List<String> companions = listing.companions(model);
            String commit = listing.commit();
            cache.prepare(commit);
            fetch(commit, companions);
            if (!listing.has(HubListing.TOKENIZER)) {
                cache.noteAbsent(commit, HubListing.TOKENIZER);
            }
            Path index = cache.snapshot(commit).resolve(CheckpointFiles.INDEX);
            fetch(
                    commit,
                    companions.contains(CheckpointFiles.INDEX)
                            ? CheckpointFiles.shards(index)
                            : List.of(CheckpointFiles.SINGLE));
            cache.refer(commit);
            return cache.snapshot(commit);
        }

        private void fetch(String commit, List<String> names) {
            List<RemoteFile> files = new ArrayList<>();
            for (String name : names) {
                if (!Files.exists(cache.snapshot(commit).resolve(name))) {
                    files.add(api.file(commit, name));
                }
            }
            requireSpace(files);
            for (RemoteFile file : files) {
                if (!isThere(cache.blob(file.hash()), file.size())) {
                    fetch(file);
                }
                cache.link(commit, file.name(), file.hash());
            }
        }

        private void fetch(RemoteFile file) {
            try (PartialBlob blob = PartialBlob.open(file, cache.incomplete(file.hash()))) {
                monitor.started(model, file.name(), blob.length(), file.size());
                download.complete(file, blob);
                blob.publish(cache.blob(file.hash()));
                monitor.finished();
            }
        }

        private void requireSpace(List<RemoteFile> files) {
            Path blobs = cache.folder().resolve("blobs");
            long bytes = 0;
            for (RemoteFile file : files) {
                if (!isThere(cache.blob(file.hash()), file.size())) {
                    bytes += file.size() - size(cache.incomplete(file.hash())).orElse(0L);
                }
            }
            try {
                Disk.requireSpace(blobs, bytes);
            } catch (IOException e) {
                throw FileProblem.of("write", blobs, e);
            }
        }

        private static boolean isThere(Path blob, long size) {
            return size(blob).filter(found -> found == size).isPresent();
        }

        private static Optional<Long> size(Path file) {
            try {
                return Files.exists(file) ? Optional.of(Files.size(file)) : Optional.empty();
            } catch (IOException e) {
                throw FileProblem.of("read", file, e);
            }
        }
    }
}
