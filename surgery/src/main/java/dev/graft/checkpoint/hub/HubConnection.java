package dev.graft.checkpoint.hub;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Requests to the hub about one model, one at a time. The token goes to the hub's own address only, never along a redirect to another
 * host, and nothing is fetched over http that was asked for over https.
 */
final class HubConnection {
    private static final int REDIRECTS = 5;
    private static final int OK = 200;
    private static final int REDIRECT = 300;
    private static final int REFUSED = 400;
    private static final int NO_SUCH_RANGE = 416;

    private final HubSettings settings;
    private final HubModel model;
    private final HttpClient http;

    HubConnection(HubSettings settings, HubModel model) {
        this.settings = settings;
        this.model = model;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.stall());
        Optional.ofNullable(ProxySelector.getDefault()).ifPresent(builder::proxy);
        this.http = builder.build();
    }

    /**
     * The answer to a GET, wherever it redirects to, 200, 206 or 416; the body is to be closed.
     *
     * @param what is asked for, as a message names it
     * @throws IOException for what may go better in a moment
     * @throws GraftException for an answer that stays as it is
     */
    HttpResponse<ArrivingBytes> get(String what, URI address, Map<String, String> headers) throws IOException {
        URI from = address;
        for (int i = 0; i <= REDIRECTS; i++) {
            HttpResponse<ArrivingBytes> answer = send("GET", from, headers);
            if (!isRedirect(answer)) {
                return checked(what, answer);
            }
            answer.body().close();
            from = target(what, answer);
        }
        throw HubRefusal.unusable(what, "it redirects in a circle");
    }

    /**
     * The head of a file's answer, with the headers by which the hub describes the file: before it redirects to another
     * host, which knows nothing of them.
     */
    HttpResponse<ArrivingBytes> describe(String what, URI address) throws IOException {
        URI from = address;
        for (int i = 0; i <= REDIRECTS; i++) {
            HttpResponse<ArrivingBytes> answer = send("HEAD", from, Map.of());
            answer.body().close();
            if (!isRedirect(answer) || RemoteFile.isDescribedBy(answer)) {
                return checked(what, answer);
            }
            URI next = target(what, answer);
            if (!isHub(next)) {
                return answer;
            }
            from = next;
        }
        throw HubRefusal.unusable(what, "it redirects in a circle");
    }

    private HttpResponse<ArrivingBytes> send(String method, URI address, Map<String, String> headers)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.stall())
                .header("User-Agent", "graft")
                .header("Accept-Encoding", "identity"); // sizes and ranges are of the file itself
        headers.forEach(request::header);
        if (isHub(address)) {
            settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        }
        try {
            return http.send(request.build(), info -> new ArrivingBytes(settings.stall()));
        } catch (ConnectException e) {
            throw unreachable(address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private static IOException unreachable(URI address, ConnectException cause) {
        boolean unknown = Stream.<Throwable>iterate(cause, each -> each != null, Throwable::getCause)
                .anyMatch(UnresolvedAddressException.class::isInstance);
        IOException unreachable = unknown
                ? new UnknownHostException("no host " + address.getHost() + " is known here")
                : new ConnectException(address.getAuthority() + " can't be reached");
        unreachable.addSuppressed(cause);
        return unreachable;
    }

    private HttpResponse<ArrivingBytes> checked(String what, HttpResponse<ArrivingBytes> answer) throws IOException {
        int status = answer.statusCode();
        if ((status >= OK && status < REFUSED) || status == NO_SUCH_RANGE) {
            return answer;
        }
        answer.body().close();
        // A storage host knows nothing of access: it refuses an address that has run out, and the hub gives a new one.
        if (TryLater.isSaidBy(status) || !isHub(answer.uri())) {
            String wait = answer.headers().firstValue("Retry-After").orElse("");
            throw new TryLater(answer.uri().getHost(), status, wait.matches("\\d{1,4}") ? Integer.parseInt(wait) : 0);
        }
        throw HubRefusal.of(model, what, answer, settings);
    }

    private static boolean isRedirect(HttpResponse<?> answer) {
        return answer.statusCode() >= REDIRECT
                && answer.statusCode() < REFUSED
                && answer.headers().firstValue("Location").isPresent();
    }

    private static URI target(String what, HttpResponse<?> answer) {
        String location = answer.headers().firstValue("Location").orElseThrow();
        URI target;
        try {
            target = answer.uri().resolve(location);
        } catch (IllegalArgumentException e) {
            throw HubRefusal.unusable(what, "it redirects to what is no address");
        }
        String from = answer.uri().getScheme();
        String to = String.valueOf(target.getScheme());
        if (target.getHost() == null || !(to.equals("https") || to.equals(from))) {
            throw HubRefusal.unusable(what, "it redirects from " + from + " to " + to);
        }
        return target;
    }

    /** Whether an address is the hub's own: same scheme, host and port. */
    private boolean isHub(URI address) {
        URI hub = settings.endpoint();
        return hub.getScheme().equalsIgnoreCase(address.getScheme())
                && hub.getHost().equalsIgnoreCase(address.getHost())
                && port(hub) == port(address);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
    }
}
