package dev.graft.surgery;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.Stack;
import dev.graft.issue.CallSite;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The pretrained routers of a model, with what a spec's sentences change. */
final class HostRouters {
    private final Architecture architecture;
    private final ModelShape shape;
    private final Map<Integer, HostRouter> changed = new TreeMap<>();

    HostRouters(Architecture architecture, ModelShape shape) {
        this.architecture = architecture;
        this.shape = shape;
    }

    /** Changes a layer's router; the line of the sentence that has changed it already, if one has. */
    Optional<CallSite> change(Injection injection, Router router, int layer) {
        ModelShape.Moe moe = shape.experts();
        boolean frozen = injection.experts().adapter() instanceof Adapter.Unchanged;
        HostRouter host = new HostRouter(
                layer,
                module(layer),
                moe.experts(),
                router,
                router.nulls().count() - moe.nulls(),
                frozen ? Optional.empty() : Optional.of(Learning.of(new Routing(moe.experts(), router))),
                Fate.start(moe, router),
                Optional.of(injection.at()));
        return Optional.ofNullable(changed.putIfAbsent(layer, host)).flatMap(HostRouter::at);
    }

    /** Of every layer that has one, changed or not. */
    List<HostRouter> all() {
        return shape.layersWith(Stack.DECODER, BlockKind.MOE).stream()
                .map(layer -> Optional.ofNullable(changed.get(layer)).orElseGet(() -> untouched(layer)))
                .toList();
    }

    private HostRouter untouched(int layer) {
        ModelShape.Moe moe = shape.experts();
        Router router = moe.router();
        return new HostRouter(
                layer,
                module(layer),
                moe.experts(),
                router,
                0,
                Optional.empty(),
                Fate.start(moe, router),
                Optional.empty());
    }

    private String module(int layer) {
        return architecture.module(Stack.DECODER, layer, BlockKind.MOE, Role.ROUTER);
    }
}
