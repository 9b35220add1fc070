package dev.graft.surgery.peft;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.LayerSelector;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.CallSite;
import dev.graft.surgery.SiteKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The spec of an adapter that was written without one: as few sentences as say what stands at each site. */
final class DerivedSurgery {
    private final ModelShape shape;
    private final CallSite at;

    /** @param at stands for the user's line */
    DerivedSurgery(ModelShape shape, CallSite at) {
        this.shape = shape;
        this.at = at;
    }

    Surgery of(String name, Map<SiteKey, Adapter> sites) {
        Map<Subject, Map<Integer, Set<Role>>> rolesByLayer = new LinkedHashMap<>();
        sites.forEach((key, adapter) -> rolesByLayer
                .computeIfAbsent(new Subject(key.stack(), key.block(), adapter), subject -> new TreeMap<>())
                .computeIfAbsent(key.layer(), layer -> EnumSet.noneOf(Role.class))
                .add(key.role()));
        List<Injection> injections = new ArrayList<>();
        rolesByLayer.forEach((subject, layers) -> {
            Map<Set<Role>, List<Integer>> layersByRoles = new LinkedHashMap<>();
            layers.forEach((layer, roles) -> layersByRoles
                    .computeIfAbsent(roles, same -> new ArrayList<>())
                    .add(layer));
            layersByRoles.forEach((roles, same) -> injections.add(injection(subject, roles, same)));
        });
        return new Surgery(name, injections, Training.defaults());
    }

    private Injection injection(Subject subject, Set<Role> roles, List<Integer> layers) {
        List<Integer> every =
                IntStream.range(0, shape.layers(subject.stack())).boxed().toList();
        return new Injection(
                layers.equals(every) ? new LayerSelector.All() : new LayerSelector.Exactly(layers),
                shape.encoder().isPresent() ? subject.stack() : Stack.ONLY,
                subject.block(),
                List.copyOf(roles),
                new Experts(1, subject.adapter()),
                Optional.empty(),
                at);
    }

    private record Subject(Stack stack, BlockKind block, Adapter adapter) {}
}
