package dev.graft.surgery;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The JSON form of a plan ({@code plan.json}). Equal plans are equal texts; reading gives an equal plan; what does not
 * match its own hashes is refused.
 */
@CheckReturnValue
public final class PlanJson {
    private static final int FORMAT = 1;

    private PlanJson() {}

    public static String write(InjectionPlan plan) {
        List<Treatment> treatments = Treatment.all(plan.groups());
        return JsonText.write(new PlanFile(
                FORMAT,
                plan.modelHash(),
                plan.planHash(),
                plan.surgery(),
                plan.base(),
                plan.budget(),
                plan.notes(),
                treatments,
                plan.groups().stream()
                        .map(group -> GroupEntry.of(group, treatments))
                        .toList(),
                HostEntry.of(plan.hosts()),
                plan.weights()));
    }

    /**
     * @throws GraftException {@code E_JSON} with line, column and the nearest field names, {@code E_PLAN_FORMAT} for
     *     another version, {@code E_PLAN_HASH} where the content was changed by hand
     */
    public static InjectionPlan read(String json) {
        PlanFile file = JsonText.read(json, PlanFile.class, "plan");
        if (file.format() != FORMAT) {
            throw new GraftException(Issue.error(
                            "E_PLAN_FORMAT", "the plan has format " + file.format() + ", this version reads " + FORMAT)
                    .withFix("plan the spec again"));
        }
        List<SiteGroup> groups = file.groups().stream()
                .map(group -> group.resolve(file.treatments()))
                .toList();
        List<HostRouter> hosts = file.hosts().stream()
                .flatMap(entry -> entry.resolve().stream())
                .sorted(Comparator.comparingInt(HostRouter::layer))
                .toList();
        String model = PlanHash.model(file.base(), groups, hosts, file.weights());
        String plan = PlanHash.plan(file.surgery(), model, groups, hosts, file.weights());
        if (!model.equals(file.modelHash()) || !plan.equals(file.planHash())) {
            throw new GraftException(
                    Issue.error("E_PLAN_HASH", "the plan's content does not match its hashes: it was changed by hand")
                            .withFix("change the spec and plan it again"));
        }
        return new InjectionPlan(
                file.surgery(),
                file.base(),
                groups,
                hosts,
                file.weights(),
                file.budget(),
                file.notes(),
                file.modelHash(),
                file.planHash());
    }

    /** @param treatments told once; a site names its own by index */
    private record PlanFile(
            int format,
            String modelHash,
            String planHash,
            Surgery surgery,
            BaseModel base,
            Budget budget,
            List<Issue> notes,
            List<Treatment> treatments,
            List<GroupEntry> groups,
            List<HostEntry> hosts,
            List<Leaf> weights) {}

    /** @param modules by layer; the rest is told once */
    private record HostEntry(HostRouter router, Map<Integer, String> modules) {

        static List<HostEntry> of(List<HostRouter> hosts) {
            Map<HostRouter, Map<Integer, String>> modules = new LinkedHashMap<>();
            hosts.forEach(host -> modules.computeIfAbsent(host.anywhere(), key -> new TreeMap<>())
                    .put(host.layer(), host.module()));
            return modules.entrySet().stream()
                    .map(entry -> new HostEntry(entry.getKey(), entry.getValue()))
                    .toList();
        }

        List<HostRouter> resolve() {
            return modules.entrySet().stream()
                    .map(entry -> new HostRouter(
                            entry.getKey(),
                            entry.getValue(),
                            router.experts(),
                            router.router(),
                            router.added(),
                            router.learning(),
                            router.start(),
                            router.at()))
                    .toList();
        }
    }

    private record GroupEntry(
            String name,
            int layer,
            List<SiteEntry> sites,
            Optional<Leaf> router,
            Optional<Leaf> stacked,
            List<Leaf> own) {

        static GroupEntry of(SiteGroup group, List<Treatment> treatments) {
            List<SiteEntry> sites = group.sites().stream()
                    .map(site -> SiteEntry.of(site, treatments.indexOf(Treatment.of(site))))
                    .toList();
            return new GroupEntry(group.name(), group.layer(), sites, group.router(), group.stacked(), group.own());
        }

        SiteGroup resolve(List<Treatment> treatments) {
            List<Site> resolved =
                    sites.stream().map(site -> site.resolve(treatments)).toList();
            return new SiteGroup(name, layer, resolved, router, stacked, own);
        }
    }

    private record SiteEntry(SiteKey key, String module, int in, int out, DType dtype, Stack input, int treatment) {

        static SiteEntry of(Site site, int treatment) {
            return new SiteEntry(
                    site.key(), site.module(), site.in(), site.out(), site.dtype(), site.input(), treatment);
        }

        Site resolve(List<Treatment> treatments) {
            if (treatment < 0 || treatment >= treatments.size()) {
                throw new GraftException(Issue.error(
                        "E_JSON", "plan: " + module + " names treatment " + treatment + " of " + treatments.size()));
            }
            Treatment own = treatments.get(treatment);
            return new Site(
                    key,
                    module,
                    in,
                    out,
                    dtype,
                    input,
                    own.experts(),
                    own.router(),
                    own.learning(),
                    own.start(),
                    own.merging(),
                    own.at());
        }
    }
}
