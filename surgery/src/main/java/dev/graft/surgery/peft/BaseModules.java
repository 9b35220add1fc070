package dev.graft.surgery.peft;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.Catalog;
import dev.graft.catalog.ModelShape;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.surgery.SiteKey;
import dev.graft.surgery.Surgeon;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The linear maps of a base that PEFT and Graft adapt alike, by their names: those of attention and of dense FFNs. */
final class BaseModules {
    private final ModelShape shape;
    private final Architecture architecture;
    private final Map<String, SiteKey> keys = new LinkedHashMap<>();

    private BaseModules(ModelShape shape) {
        this.shape = shape;
        this.architecture = Catalog.standard().architecture(shape.modelType());
    }

    /** @throws dev.graft.issue.GraftException with every problem of the model */
    static BaseModules of(Checkpoint base) {
        return of(Surgeon.untouched(base).base().shape());
    }

    static BaseModules of(ModelShape shape) {
        BaseModules modules = new BaseModules(shape);
        for (Stack stack : modules.architecture.stacks()) {
            modules.architecture.blocks(stack).forEach((block, names) -> {
                if (block != BlockKind.MOE) {
                    for (int layer : shape.layersWith(stack, block)) {
                        names.projections()
                                .keySet()
                                .forEach(role -> modules.add(new SiteKey(stack, layer, block, role)));
                    }
                }
            });
        }
        return modules;
    }

    private void add(SiteKey key) {
        keys.put(name(key), key);
    }

    /** The module of a site; that of the hidden state is the map that reads it. */
    String name(SiteKey key) {
        Role role = key.role() == Role.HIDDEN ? Role.DOWN : key.role();
        return architecture.module(key.stack(), key.layer(), key.block(), role);
    }

    Optional<SiteKey> key(String module) {
        return Optional.ofNullable(keys.get(module));
    }

    Set<String> names() {
        return keys.keySet();
    }

    ModelShape shape() {
        return shape;
    }

    long in(SiteKey key) {
        return shape.in(key.block(), key.role());
    }

    long out(SiteKey key) {
        return shape.out(key.block(), key.role());
    }
}
