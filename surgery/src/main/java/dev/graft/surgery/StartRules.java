package dev.graft.surgery;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** When a run can start from an adapter: both have the same experts at the same sites, with routers of the same size. */
public final class StartRules {
    private StartRules() {}

    /**
     * What the routers do with their rows, dropout and how tensors would start otherwise may differ.
     *
     * @param plan of the run
     * @param adapter the plan of the adapter's own spec, on the same base
     * @throws GraftException {@code E_START} naming every site that differs
     */
    public static void check(InjectionPlan plan, InjectionPlan adapter) {
        Map<SiteKey, Site> asked = byKey(plan);
        Map<SiteKey, Site> given = byKey(adapter);
        SiteFindings findings = new SiteFindings();
        asked.forEach((key, site) -> compare(site, given.get(key), findings));
        given.forEach((key, site) -> {
            if (!asked.containsKey(key)) {
                findings.add(site, "the adapter has " + words(site) + ", the spec nothing there");
            }
        });
        Issues issues = new Issues();
        if (plan.weights().isEmpty() != adapter.weights().isEmpty()) {
            issues.add(Issue.error(
                    "E_START", "the run can't start from this adapter: one of both trains the pretrained weights"));
        }
        findings.report(
                issues,
                (where, what) -> Issue.error("E_START", "the run can't start from this adapter: " + where + ": " + what)
                        .withFix(
                                "let the spec name the adapter's sites, with its ranks and alphas, or start without --start"));
        issues.throwIfErrors();
    }

    private static Map<SiteKey, Site> byKey(InjectionPlan plan) {
        Map<SiteKey, Site> sites = new TreeMap<>(SiteKey.ORDER);
        plan.sites().forEach(site -> sites.put(site.key(), site));
        return sites;
    }

    private static void compare(Site asked, @Nullable Site given, SiteFindings findings) {
        String spec = words(asked);
        String adapter = given == null ? "nothing there" : words(given);
        if (!spec.equals(adapter)) {
            findings.add(asked, "the adapter has " + adapter + ", the spec " + spec);
        }
    }

    /** What must be the same. */
    private static String words(Site site) {
        String rows = site.routerRows() == 0 ? "" : " with a router of " + site.routerRows() + " rows";
        return Words.kind(site.experts()) + rows;
    }
}
