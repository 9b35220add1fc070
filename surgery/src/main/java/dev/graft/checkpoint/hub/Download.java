package dev.graft.checkpoint.hub;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;

/** Brings a file's bytes into a partial blob, over as many connections as it takes. */
final class Download {
    private static final int WHOLE = 200;
    private static final int PART = 206;

    private final HubApi api;
    private final HubMonitor monitor;
    private final HubSettings settings;

    Download(HubApi api, HubMonitor monitor, HubSettings settings) {
        this.api = api;
        this.monitor = monitor;
        this.settings = settings;
    }

    /** @throws GraftException {@code E_NETWORK}, {@code E_ACCESS}, {@code E_HUB}, {@code E_CHECKSUM}, {@code E_NOSPACE} … */
    void complete(RemoteFile file, PartialBlob blob) {
        Patience patience = new Patience(settings, monitor);
        while (blob.length() < file.size()) {
            long before = blob.length();
            try {
                append(file, blob);
            } catch (IOException e) {
                if (blob.length() > before) {
                    patience.renew();
                }
                patience.failed(api.what(file.name()), e);
            }
        }
    }

    private void append(RemoteFile file, PartialBlob blob) throws IOException {
        HttpResponse<ArrivingBytes> answer = api.content(file, blob.length());
        try (ArrivingBytes bytes = answer.body()) {
            if (answer.statusCode() == WHOLE) {
                blob.restart();
            }
            requireRest(file, blob, answer);
            for (List<ByteBuffer> piece = bytes.next(); piece != null; piece = bytes.next()) {
                piece.forEach(blob::append);
                monitor.reached(blob.length());
            }
        }
        if (blob.length() < file.size()) {
            throw new IOException("the connection ended after " + blob.length() + " of " + file.size() + " bytes");
        }
    }

    /** The answer must be about what is missing of a file of the size that the hub said. */
    private void requireRest(RemoteFile file, PartialBlob blob, HttpResponse<?> answer) {
        int status = answer.statusCode();
        long rest = file.size() - blob.length();
        boolean said = answer.headers().firstValueAsLong("Content-Length").orElse(rest) == rest;
        String range = answer.headers().firstValue("Content-Range").orElse("");
        if (status == PART && !range.startsWith("bytes " + blob.length() + "-")) {
            throw HubRefusal.unusable(api.what(file.name()), "it sends another part of the file than was asked for");
        }
        if (!said || (status != WHOLE && status != PART)) {
            throw blob.discard("it has not the " + file.size() + " bytes that the hub says");
        }
    }
}
