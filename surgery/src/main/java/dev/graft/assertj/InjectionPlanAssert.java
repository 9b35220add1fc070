package dev.graft.assertj;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.PlanDiff;
import dev.graft.surgery.Site;
import dev.graft.surgery.Site.Identity;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.data.Percentage;

/** Assertions about an {@link InjectionPlan}; made by {@link GraftAssertions#assertThat(InjectionPlan)}. */
public class InjectionPlanAssert extends AbstractAssert<InjectionPlanAssert, InjectionPlan> {
    public InjectionPlanAssert(InjectionPlan actual) {
        super(actual, InjectionPlanAssert.class);
    }

    /**
     * Each glob names at least one adapted module.
     *
     * <pre>{@code
     * assertThat(plan).injectsInto("model.layers.*.self_attn.q_proj", "**.mlp.down_proj");
     * }</pre>
     */
    public InjectionPlanAssert injectsInto(String... globs) {
        List<String> unmatched = Arrays.stream(globs)
                .filter(glob -> new Glob(glob).in(modules()).isEmpty())
                .toList();
        if (!unmatched.isEmpty()) {
            throw failure(
                    "%nExpecting plan '%s' to inject into:%n%s%nbut its sites are:%n%s%s",
                    name(), NameList.of(unmatched), NameList.of(modules()), nearest(unmatched.get(0)));
        }
        return this;
    }

    /** Every adapted module is named by one of the globs, and each glob names at least one: nothing else is touched. */
    public InjectionPlanAssert injectsOnlyInto(String... globs) {
        injectsInto(globs);
        List<String> others = modules().stream()
                .filter(module -> Arrays.stream(globs).noneMatch(glob -> new Glob(glob).matches(module)))
                .toList();
        if (!others.isEmpty()) {
            throw failure(
                    "%nExpecting plan '%s' to inject only into:%n%s%nbut it also injects into:%n%s",
                    name(), NameList.of(List.of(globs)), NameList.of(others));
        }
        return this;
    }

    /** No adapted module is named by any of the globs. */
    public InjectionPlanAssert doesNotTouch(String... globs) {
        for (String glob : globs) {
            List<String> touched = new Glob(glob).in(modules());
            if (!touched.isEmpty()) {
                throw failure(
                        "%nExpecting plan '%s' not to touch:%n  %s%nbut it injects into:%n%s",
                        name(), glob, NameList.of(touched));
            }
        }
        return this;
    }

    /** No trainable tensor is named by the glob: everything it names stays as it is. */
    public InjectionPlanAssert leavesFrozen(String glob) {
        List<String> trained = new Glob(glob).in(tensors());
        if (!trained.isEmpty()) {
            throw failure(
                    "%nExpecting plan '%s' to leave frozen:%n  %s%nbut it trains:%n%s",
                    name(), glob, NameList.of(trained));
        }
        return this;
    }

    /** At least one trainable tensor is named by the glob, such as {@code **.router}. */
    public InjectionPlanAssert trains(String glob) {
        if (new Glob(glob).in(tensors()).isEmpty()) {
            throw failure(
                    "%nExpecting plan '%s' to train:%n  %s%nbut it trains:%n%s", name(), glob, NameList.of(tensors()));
        }
        return this;
    }

    public InjectionPlanAssert hasSites(int count) {
        if (actual.sites().size() != count) {
            throw failure(
                    "%nExpecting plan '%s' to have %d sites, but it has %d:%n%s",
                    name(), count, actual.sites().size(), NameList.of(modules()));
        }
        return this;
    }

    /** Goes on to the site at this module, by its full name; {@link SiteAssert#returnToPlan()} leads back. */
    @CheckReturnValue
    public SiteAssert site(String module) {
        return actual.sites().stream()
                .filter(site -> site.module().equals(module))
                .findFirst()
                .map(site -> new SiteAssert(site, this))
                .orElseThrow(() -> failure(
                        "%nExpecting plan '%s' to have the site:%n  %s%nbut its sites are:%n%s%s",
                        name(), module, NameList.of(modules()), nearest(module)));
    }

    /**
     * Every site that the glob names, at least one, meets the requirements.
     *
     * <pre>{@code
     * assertThat(plan).everySite("**.self_attn.*", site -> site.hasExperts(4).routesTopK(3));
     * }</pre>
     */
    public InjectionPlanAssert everySite(String glob, Consumer<SiteAssert> requirements) {
        injectsInto(glob);
        Glob pattern = new Glob(glob);
        actual.sites().stream()
                .filter(site -> pattern.matches(site.module()))
                .forEach(site -> requirements.accept(new SiteAssert(site, this)));
        return this;
    }

    /** Goes on to the pretrained router of this layer's MoE block; {@link HostRouterAssert#returnToPlan()} leads back. */
    @CheckReturnValue
    public HostRouterAssert router(int layer) {
        return actual.hosts().stream()
                .filter(host -> host.layer() == layer)
                .findFirst()
                .map(host -> new HostRouterAssert(host, this))
                .orElseThrow(() -> failure(
                        "%nExpecting plan '%s' to have a MoE block in layer %d, but %s",
                        name(), layer, layersWithRouters()));
    }

    /**
     * The pretrained router of every MoE block, at least one, meets the requirements.
     *
     * <pre>{@code
     * assertThat(plan).everyRouter(router -> router.addsNullExperts(8).routesTopK(3));
     * }</pre>
     */
    public InjectionPlanAssert everyRouter(Consumer<HostRouterAssert> requirements) {
        if (actual.hosts().isEmpty()) {
            throw failure("%nExpecting plan '%s' to have MoE blocks, but %s", name(), layersWithRouters());
        }
        actual.hosts().forEach(host -> requirements.accept(new HostRouterAssert(host, this)));
        return this;
    }

    /** Base and adapters counted together, as PEFT does. */
    public InjectionPlanAssert trainsLessThan(Percentage share) {
        double trained = 100.0 * actual.budget().trainable() / actual.budget().all();
        if (trained >= share.value) {
            throw failure(
                    "%nExpecting plan '%s' to train less than %s%% of all parameters, but it trains %s%%:%n  %s",
                    name(),
                    decimal(share.value),
                    decimal(trained),
                    actual.budget().line());
        }
        return this;
    }

    public InjectionPlanAssert trainsParameters(long count) {
        return counts("to train", count, actual.budget().trainable(), "trains");
    }

    /** Trainable parameters that one token uses at the balanced load. */
    public InjectionPlanAssert activates(long count) {
        return counts("to activate", count, actual.budget().activated(), "activates");
    }

    /** Every untrained site and every pretrained router gives the base's output, bit for bit. */
    public InjectionPlanAssert startsExactly() {
        everyHost("to start exactly as its base", host -> host.start().identity() == Identity.EXACT);
        return everywhere(
                "to start exactly as its base",
                site -> site.start().identity() == Identity.EXACT,
                site -> site.start().why());
    }

    /** Every trained site folds into its weight. */
    public InjectionPlanAssert isMergeable() {
        return everywhere(
                "to be mergeable",
                site -> site.merging().possible(),
                site -> site.merging().why());
    }

    /** There is a note with this code, such as {@code N_BALANCE_ONLY}. */
    public InjectionPlanAssert hasNote(String code) {
        if (!codes().contains(code)) {
            throw failure("%nExpecting plan '%s' to have the note %s, but its notes are:%n%s", name(), code, notes());
        }
        return this;
    }

    public InjectionPlanAssert hasNoNotes(String... codes) {
        List<String> unwanted = codes.length == 0 ? codes() : List.of(codes);
        if (codes().stream().anyMatch(unwanted::contains)) {
            throw failure(
                    "%nExpecting plan '%s' to have no notes%s, but its notes are:%n%s",
                    name(), codes.length == 0 ? "" : " " + String.join(", ", codes), notes());
        }
        return this;
    }

    /** {@link InjectionPlan#explain()} is this text; white space at the ends does not count. */
    public InjectionPlanAssert explainsAs(String text) {
        org.assertj.core.api.Assertions.assertThat(actual.explain().strip())
                .as("explanation of plan '%s'", name())
                .isEqualTo(text.strip());
        return this;
    }

    /** An adapter of the one fits the other: same base, sites, experts, routers and tensors. */
    public InjectionPlanAssert hasSameModelAs(InjectionPlan other) {
        if (!actual.modelHash().equals(other.modelHash())) {
            throw failure(
                    "%nExpecting plan '%s' to have the same model as '%s', but the way there is:%n%s",
                    name(), other.surgery().name(), PlanDiff.between(actual, other));
        }
        return this;
    }

    private InjectionPlanAssert counts(String verb, long expected, long found, String finds) {
        if (expected != found) {
            throw failure(
                    "%nExpecting plan '%s' %s %s parameters, but it %s %s:%n  %s",
                    name(),
                    verb,
                    whole(expected),
                    finds,
                    whole(found),
                    actual.budget().line());
        }
        return this;
    }

    private InjectionPlanAssert everywhere(String what, Predicate<Site> holds, Function<Site, String> why) {
        String others = actual.sites().stream()
                .filter(holds.negate())
                .map(site -> "  " + NameList.pattern(site.module()) + ": " + why.apply(site))
                .distinct()
                .collect(Collectors.joining("\n"));
        if (!others.isEmpty()) {
            throw failure("%nExpecting plan '%s' %s, but not so:%n%s", name(), what, others);
        }
        return this;
    }

    private void everyHost(String what, Predicate<HostRouter> holds) {
        String others = actual.hosts().stream()
                .filter(holds.negate())
                .map(host -> "  " + NameList.pattern(host.module()) + ": "
                        + host.start().why())
                .distinct()
                .collect(Collectors.joining("\n"));
        if (!others.isEmpty()) {
            throw failure("%nExpecting plan '%s' %s, but not so:%n%s", name(), what, others);
        }
    }

    private String layersWithRouters() {
        return actual.hosts().isEmpty()
                ? "its base has none"
                : "the layers that have one are: "
                        + actual.hosts().stream()
                                .map(host -> Integer.toString(host.layer()))
                                .collect(Collectors.joining(", "));
    }

    private String name() {
        return actual.surgery().name();
    }

    private List<String> modules() {
        return actual.sites().stream().map(Site::module).toList();
    }

    private List<String> tensors() {
        return actual.leaves().stream()
                .flatMap(leaf -> leaf.pieces().stream())
                .map(Leaf.Piece::tensor)
                .toList();
    }

    private List<String> codes() {
        return actual.notes().stream().map(Issue::code).toList();
    }

    private String notes() {
        return codes().isEmpty()
                ? "  none"
                : actual.notes().stream().map(note -> "  " + note).collect(Collectors.joining("\n"));
    }

    private String nearest(String asked) {
        List<String> patterns =
                modules().stream().map(NameList::pattern).distinct().toList();
        List<String> near = NearestNames.of(NameList.pattern(asked), patterns);
        return near.isEmpty() ? "" : String.format(Locale.ROOT, "%nnearest: %s", String.join(", ", near));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    private static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
