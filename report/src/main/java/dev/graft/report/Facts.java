package dev.graft.report;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a run said about itself, as pairs of name and value. */
final class Facts {
    private Facts() {}

    /** Settings, data and machine as the run began, and how it ended; the plan says the rest. */
    static Map<String, String> of(Metrics metrics) {
        Map<String, String> facts = new LinkedHashMap<>();
        metrics.start().forEach((name, value) -> {
            if (name.contains(".")) {
                facts.put(name.replace('.', ' ').replace('_', ' '), value);
            }
        });
        metrics.end().forEach((name, value) -> facts.put("end " + name.replace('_', ' '), value));
        return facts;
    }
}
