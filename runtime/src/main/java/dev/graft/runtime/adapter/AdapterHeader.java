package dev.graft.runtime.adapter;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an adapter file says about itself.
 *
 * @param modelHash of the patched model that its tensors belong to
 * @param planHash of the plan that trained them
 * @param step the optimizer steps that they have seen
 * @param spec the surgery, as JSON
 * @param base the checkpoint that was patched
 * @param start hash of the adapter that the run started from; empty for random numbers
 */
public record AdapterHeader(
        String modelHash, String planHash, long step, String spec, BaseIdentity base, String start) {
    static final String FORMAT = "2";

    /** The same after another number of steps. */
    public AdapterHeader at(long steps) {
        return new AdapterHeader(modelHash, planHash, steps, spec, base, start);
    }

    /** As the metadata of a safetensors file. */
    Map<String, String> metadata() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("graft.format", FORMAT);
        pairs.put("graft.model_hash", modelHash);
        pairs.put("graft.plan_hash", planHash);
        pairs.put("graft.step", Long.toString(step));
        pairs.put("graft.base.model", base.model());
        pairs.put("graft.base.headers", base.headers());
        pairs.put("graft.base.content", base.content());
        if (!start.isEmpty()) {
            pairs.put("graft.start", start);
        }
        pairs.put("graft.spec", spec);
        return pairs;
    }

    /** @throws GraftException {@code E_ADAPTER} if these are not the metadata of an adapter that this version reads */
    static AdapterHeader read(Path file, Map<String, String> metadata) {
        String format = metadata.getOrDefault("graft.format", "");
        if (!format.equals(FORMAT)) {
            throw new GraftException(Issue.error(
                            "E_ADAPTER",
                            file + ": "
                                    + (format.isEmpty()
                                            ? "this is no adapter of Graft: its metadata have no graft.format"
                                            : "the adapter has format " + format + ", this version reads " + FORMAT))
                    .withFix("use the adapter.safetensors of a run folder"));
        }
        String step = value(file, metadata, "graft.step");
        if (!step.matches("\\d{1,18}")) {
            throw new GraftException(
                    Issue.error("E_ADAPTER", file + ": graft.step in the metadata is no number: " + step));
        }
        return new AdapterHeader(
                value(file, metadata, "graft.model_hash"),
                value(file, metadata, "graft.plan_hash"),
                Long.parseLong(step),
                value(file, metadata, "graft.spec"),
                new BaseIdentity(
                        value(file, metadata, "graft.base.model"),
                        value(file, metadata, "graft.base.headers"),
                        value(file, metadata, "graft.base.content")),
                metadata.getOrDefault("graft.start", ""));
    }

    private static String value(Path file, Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null) {
            throw new GraftException(Issue.error("E_ADAPTER", file + ": the metadata have no " + key));
        }
        return value;
    }
}
