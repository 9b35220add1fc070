package dev.graft.surgery.peft;

import dev.graft.catalog.LayerIndexes;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteFindings;
import dev.graft.surgery.SiteKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What PEFT can't express. */
final class ExportRules {
    private static final String CODE = "E_UNEXPORTABLE";
    private static final String FIX = "keep the adapter in Graft's own format: every command takes --adapter";

    private final InjectionPlan plan;
    private final Set<SiteKey> keys;
    private final boolean loras;

    private ExportRules(InjectionPlan plan) {
        this.plan = plan;
        this.keys = plan.sites().stream().map(Site::key).collect(Collectors.toSet());
        this.loras = plan.sites().stream().anyMatch(site -> site.experts().adapter() instanceof Adapter.Lora);
    }

    /** @throws GraftException {@code E_UNEXPORTABLE} with every site and pretrained router that stands in the way */
    static void check(InjectionPlan plan) {
        ExportRules rules = new ExportRules(plan);
        SiteFindings findings = new SiteFindings();
        plan.sites().forEach(site -> rules.problem(site).ifPresent(what -> findings.add(site, what)));
        Issues issues = new Issues();
        if (!plan.weights().isEmpty()) {
            issues.add(Issue.error(CODE, "the pretrained weights themselves were trained: there is no adapter to write")
                    .withFix("write a checkpoint with graft merge"));
        }
        findings.report(
                issues,
                (where, what) -> Issue.error(CODE, where + " can't be written for PEFT: " + what)
                        .withFix(FIX));
        rules.checkHosts(issues);
        issues.throwIfErrors();
    }

    private Optional<String> problem(Site site) {
        SiteKey key = site.key();
        Adapter adapter = site.experts().adapter();
        if (adapter instanceof Adapter.Parallel) {
            return Optional.of("PEFT has no adapter beside a MoE block");
        }
        if (key.role() == Role.ROUTER || key.role() == Role.NULL_ROUTER) {
            return Optional.of("in transformers a router is no linear map that PEFT could adapt");
        }
        if (key.block() == BlockKind.MOE) {
            return Optional.of(
                    "transformers keeps the experts of a layer in one tensor, which PEFT does not adapt expert by"
                            + " expert");
        }
        if (site.router().isPresent() || site.experts().count() > 1) {
            return Optional.of("PEFT has no mixture that a router weighs anew for each token or sequence");
        }
        if (adapter instanceof Adapter.Ia3 && loras) {
            return Optional.of("an adapter of PEFT is LoRA or (IA)3, and this one has LoRAs too");
        }
        boolean output = keys.contains(new SiteKey(key.stack(), key.layer(), key.block(), Role.DOWN));
        return key.role() == Role.HIDDEN && output
                ? Optional.of("PEFT scales the input or the output of the down projection, not both")
                : Optional.empty();
    }

    private void checkHosts(Issues issues) {
        report(
                issues,
                plan.hosts().stream().filter(host -> host.at().isPresent()).toList(),
                "the spec changes what they decide, which PEFT does not store");
        report(
                issues,
                plan.hosts().stream()
                        .filter(host ->
                                host.at().isEmpty() && host.router().nulls().count() > 0)
                        .toList(),
                "the base has null experts, which transformers does not know");
    }

    private static void report(Issues issues, List<HostRouter> hosts, String why) {
        if (!hosts.isEmpty()) {
            String layers =
                    LayerIndexes.text(hosts.stream().map(HostRouter::layer).toList());
            Issue issue = Issue.error(
                            CODE, "the pretrained routers of layers " + layers + " can't be written for PEFT: " + why)
                    .withFix(FIX);
            issues.add(hosts.get(0).at().map(issue::at).orElse(issue));
        }
    }
}
