package dev.graft.runtime.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;

/**
 * What a run needs of {@code plan.json}, whose full form only surgery knows.
 *
 * @param planHash of the plan
 * @param headers hash of the names, types and shapes of the base's tensors
 * @param spec the surgery as JSON
 */
record PlanText(String planHash, String headers, String spec) {

    static PlanText of(String json) {
        try {
            JsonNode plan = new ObjectMapper().readTree(json);
            return new PlanText(
                    plan.path("planHash").asText(),
                    plan.at("/base/headersHash").asText(),
                    plan.path("surgery").toString());
        } catch (JsonProcessingException e) {
            throw new GraftException(Issue.error("E_JSON", "the plan is not JSON: " + e.getOriginalMessage()), e);
        }
    }

    /**
     * @throws GraftException {@code E_PLAN_HASH} if the plan is not the program's; {@code E_BASE_MISMATCH} if the program
     *     was made for other tensors
     */
    void requireFits(Program program, Checkpoint base) {
        if (!planHash.equals(program.planHash())) {
            throw new GraftException(Issue.error(
                            "E_PLAN_HASH",
                            "the program was made from plan " + program.planHash() + ", but plan.json is " + planHash)
                    .withFix("emit the program again"));
        }
        if (!headers.equals(base.headersHash())) {
            throw new GraftException(Issue.error(
                            "E_BASE_MISMATCH",
                            base.folder()
                                    + ": the program was made for another base: names, types or shapes of its tensors"
                                    + " are not the same")
                    .withFix("use the base that was planned, or plan the spec for this one"));
        }
    }
}
