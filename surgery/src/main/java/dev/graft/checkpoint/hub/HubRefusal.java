package dev.graft.checkpoint.hub;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** Why a model can't be had, and what to do about it. */
final class HubRefusal {
    private static final int UNAUTHORISED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private HubRefusal() {}

    /** An answer of 400 and above. The public hub says 401, not 404, for what doesn't exist, unless a token says who asks. */
    static GraftException of(HubModel model, String what, HttpResponse<?> answer, HubSettings settings) {
        int status = answer.statusCode();
        String code = answer.headers().firstValue("X-Error-Code").orElse("");
        String hub = settings.endpoint().toString();
        if (code.equals("GatedRepo") || status == FORBIDDEN) {
            return refusal(
                    "E_ACCESS",
                    model + ": " + hub + " gives it only to those who were granted access (" + status + ")",
                    "ask for access on the model's page, then set HF_TOKEN to a token of that account");
        }
        if (code.equals("RevisionNotFound")) {
            return refusal(
                    "E_NOT_FOUND",
                    model.id() + ": there is no branch, tag or commit '" + model.revision() + "' at " + hub,
                    "name another revision behind the @, or none for main");
        }
        if (status == UNAUTHORISED && settings.token().isPresent() && !code.equals("RepoNotFound")) {
            return refusal(
                    "E_ACCESS",
                    model + ": " + hub + " does not take the token (" + status + ")",
                    "set HF_TOKEN to a valid token, or remove it");
        }
        if (status == UNAUTHORISED || code.equals("RepoNotFound")) {
            return refusal(
                    "E_NOT_FOUND",
                    "'" + model.id() + "' is no folder here, and " + hub + " has no such model or does not show it"
                            + " (" + status + ")",
                    "check the name; for a private or gated model, set HF_TOKEN");
        }
        if (status == NOT_FOUND) {
            return refusal("E_NOT_FOUND", what + ": not found at " + hub, "check the name and HF_ENDPOINT");
        }
        return unusable(what, "it answers " + status);
    }

    /** What the server says can't be worked with. */
    static GraftException unusable(String what, String why) {
        return refusal("E_HUB", what + ": the server's answer can't be used: " + why, "check HF_ENDPOINT");
    }

    /** @param missing the files that the cache lacks; empty if it knows nothing of the model */
    static GraftException offline(HubModel model, Path folder, List<String> missing) {
        String lacks = missing.isEmpty()
                ? "the cache has no revision '" + model.revision() + "' of it (" + folder + ")"
                : folder + " lacks " + String.join(", ", missing);
        return refusal(
                "E_OFFLINE",
                "'" + model.id() + "' is no folder here, " + lacks + ", and HF_HUB_OFFLINE forbids to fetch it",
                "unset HF_HUB_OFFLINE, or fetch it where there is a network and copy it into the cache, or name a folder");
    }

    private static GraftException refusal(String code, String message, String fix) {
        return new GraftException(Issue.error(code, message).withFix(fix));
    }
}
