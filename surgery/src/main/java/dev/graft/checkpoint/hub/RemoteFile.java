package dev.graft.checkpoint.hub;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file as the hub describes it.
 *
 * @param name its path in the model's repository
 * @param address where it can be got, over redirects
 * @param size in bytes
 */
record RemoteFile(String name, URI address, ContentHash hash, long size) {
    private static final String LINKED_TAG = "X-Linked-Etag";
    private static final String LINKED_SIZE = "X-Linked-Size";

    /** Whether this answer knows the file itself, though it may redirect to where its bytes are. */
    static boolean isDescribedBy(HttpResponse<?> answer) {
        HttpHeaders headers = answer.headers();
        return headers.firstValue(LINKED_TAG).isPresent()
                && headers.firstValue(LINKED_SIZE).isPresent();
    }

    /**
     * From the head of the answer about it.
     *
     * @param commit that was asked for
     * @throws dev.graft.issue.GraftException {@code E_HUB} if the answer can't be used to verify the file
     */
    static RemoteFile of(String what, String name, String commit, URI address, HttpResponse<?> answer) {
        HttpHeaders headers = answer.headers();
        Optional<String> served = headers.firstValue("X-Repo-Commit");
        if (served.isPresent() && !served.get().equals(commit)) {
            throw HubRefusal.unusable(what, "asked for commit " + commit + ", it serves another");
        }
        ContentHash hash = headers.firstValue(LINKED_TAG)
                .or(() -> headers.firstValue("ETag"))
                .flatMap(ContentHash::ofTag)
                .orElseThrow(() -> HubRefusal.unusable(what, "it names no SHA-256 and no git hash"));
        OptionalLong linked = size(headers, LINKED_SIZE);
        OptionalLong size = linked.isPresent() ? linked : size(headers, "Content-Length");
        return new RemoteFile(
                name,
                address,
                hash,
                size.orElseThrow(() -> HubRefusal.unusable(what, "it does not say the file's size")));
    }

    private static OptionalLong size(HttpHeaders headers, String name) {
        String text = headers.firstValue(name).orElse("");
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
