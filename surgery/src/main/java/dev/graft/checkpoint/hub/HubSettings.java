package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models come from, as the Python library's environment variables say it.
 *
 * @param cache {@code HF_HUB_CACHE}, or {@code hub} below {@code HF_HOME}, or below {@code ~/.cache/huggingface}
 * @param endpoint {@code HF_ENDPOINT}, by default the public hub
 * @param token {@code HF_TOKEN}, or what {@code hf auth login} stored; goes to the endpoint only
 * @param offline {@code HF_HUB_OFFLINE}: nothing is contacted
 * @param pause before the first repetition of a request that failed; each further one waits twice as long
 * @param stall how long a connection may bring nothing
 */
public record HubSettings(
        Path cache, URI endpoint, Optional<String> token, boolean offline, Duration pause, Duration stall) {
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration STALL = Duration.ofSeconds(30);

    /** Of this process. @throws GraftException {@code E_ENVIRONMENT} for a variable that can't be used */
    public static HubSettings ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", "")));
    }

    static HubSettings of(Map<String, String> environment, Path userHome) {
        Variables variables = new Variables(environment, userHome);
        Path home = variables
                .path("HF_HOME")
                .orElseGet(() -> variables
                        .path("XDG_CACHE_HOME")
                        .orElse(userHome.resolve(".cache"))
                        .resolve("huggingface"));
        Path cache = variables
                .path("HF_HUB_CACHE")
                .or(() -> variables.path("HUGGINGFACE_HUB_CACHE"))
                .orElse(home.resolve("hub"));
        Optional<String> token = variables.text("HF_TOKEN").or(() -> variables.text("HUGGING_FACE_HUB_TOKEN"));
        if (token.isEmpty() && !variables.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            token = stored(variables.path("HF_TOKEN_PATH").orElse(home.resolve("token")));
        }
        boolean offline = variables
                .text("HF_HUB_OFFLINE")
                .map(value -> variables.isTrue("HF_HUB_OFFLINE"))
                .orElseGet(() -> variables.isTrue("TRANSFORMERS_OFFLINE"));
        return new HubSettings(cache, endpoint(variables), token, offline, PAUSE, STALL);
    }

    private static URI endpoint(Variables variables) {
        String text = variables.text("HF_ENDPOINT").orElse("https://huggingface.co");
        try {
            URI endpoint = URI.create(text.replaceAll("/+$", ""));
            String scheme = endpoint.getScheme();
            if (endpoint.getHost() != null && ("https".equals(scheme) || "http".equals(scheme))) {
                return endpoint;
            }
        } catch (IllegalArgumentException notAnAddress) {
            // The same refusal as for an address of another kind.
        }
        throw new GraftException(
                Issue.error("E_ENVIRONMENT", "HF_ENDPOINT is '" + text + "', which is no http or https address")
                        .withFix("set it to the hub's address, such as https://huggingface.co, or leave it out"));
    }

    private static Optional<String> stored(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    /** Without the token, which belongs into no log. */
    @Override
    public String toString() {
        return "HubSettings[" + cache + ", " + endpoint + (token.isPresent() ? ", with a token" : "")
                + (offline ? ", offline]" : "]");
    }

    private record Variables(Map<String, String> environment, Path userHome) {
        Optional<String> text(String name) {
            return Optional.ofNullable(environment.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        boolean isTrue(String name) {
            return text(name)
                    .filter(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
                    .isPresent();
        }

        /** A leading {@code ~} is the user's own folder. */
        Optional<Path> path(String name) {
            return text(name)
                    .map(value -> value.equals("~") || value.startsWith("~/")
                            ? userHome.resolve(value.substring(Math.min(2, value.length())))
                            : Path.of(value));
        }
    }
}
