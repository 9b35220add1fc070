package dev.graft.surgery;

import dev.graft.dsl.Experts;
import dev.graft.dsl.Router;
import dev.graft.issue.CallSite;
import dev.graft.surgery.Site.Merging;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Start;
import java.util.List;
import java.util.Optional;

/** What many sites have in common: everything but where they are. */
record Treatment(
        Experts experts,
        Optional<Router> router,
        Optional<RouterLearning> learning,
        Start start,
        Merging merging,
        CallSite at) {

    static Treatment of(Site site) {
        return new Treatment(site.experts(), site.router(), site.learning(), site.start(), site.merging(), site.at());
    }

    /** The different treatments of a plan, in the order in which its sites show them. */
    static List<Treatment> all(List<SiteGroup> groups) {
        return groups.stream()
                .flatMap(group -> group.sites().stream())
                .map(Treatment::of)
                .distinct()
                .toList();
    }
}
