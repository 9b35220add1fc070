package dev.graft.checkpoint.hub;

import dev.graft.issue.GraftException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The three questions that the hub is asked about a model: what it holds, how a file is, and its bytes. */
final class HubApi {
    private static final int LONGEST_LISTING = 64 << 20;

    private final HubSettings settings;
    private final HubMonitor monitor;
    private final HubModel model;
    private final HubConnection connection;

    HubApi(HubSettings settings, HubMonitor monitor, HubModel model) {
        this.settings = settings;
        this.monitor = monitor;
        this.model = model;
        this.connection = new HubConnection(settings, model);
    }

    /** @throws GraftException {@code E_NOT_FOUND}, {@code E_ACCESS}, {@code E_NETWORK}, {@code E_HUB}, {@code E_PATH_ESCAPE} */
    HubListing listing() {
        URI address = address("/api/models/" + model.id() + "/revision/" + encoded(model.revision()));
        byte[] json = patiently(model.toString(), () -> {
            try (ArrivingBytes body =
                    connection.get(model.toString(), address, Map.of()).body()) {
                return whole(body);
            }
        });
        return HubListing.read(model, json);
    }

    /** @throws GraftException as {@link #listing} does */
    RemoteFile file(String commit, String name) {
        URI address = address("/" + model.id() + "/resolve/" + commit + "/"
                + Arrays.stream(name.split("/")).map(HubApi::encoded).collect(Collectors.joining("/")));
        String what = what(name);
        return patiently(what, () -> RemoteFile.of(what, name, commit, address, connection.describe(what, address)));
    }

    /**
     * A file's bytes from a place on, as far as the server can do that.
     *
     * @throws IOException for what may go better in a moment
     */
    HttpResponse<ArrivingBytes> content(RemoteFile file, long from) throws IOException {
        return connection.get(
                what(file.name()), file.address(), from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-"));
    }

    /** How messages name a file. */
    String what(String name) {
        return model + ": " + name;
    }

    private interface Question<T> {
        T ask() throws IOException;
    }

    private <T> T patiently(String what, Question<T> question) {
        Patience patience = new Patience(settings, monitor);
        while (true) {
            try {
                return question.ask();
            } catch (IOException e) {
                patience.failed(what, e);
            }
        }
    }

    private byte[] whole(ArrivingBytes body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (List<ByteBuffer> piece = body.next(); piece != null; piece = body.next()) {
            for (ByteBuffer buffer : piece) {
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                bytes.writeBytes(part);
            }
            if (bytes.size() > LONGEST_LISTING) {
                throw HubRefusal.unusable(model.toString(), "its list of files has no end");
            }
        }
        return bytes.toByteArray();
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String encoded(String step) {
        return URLEncoder.encode(step, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
