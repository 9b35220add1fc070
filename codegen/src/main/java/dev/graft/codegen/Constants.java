package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.TypeName;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;

/** One constant for each different router, LoRA and parallel adapter of a plan. */
final class Constants {
    private final Map<Router, String> routers = new LinkedHashMap<>();
    private final Map<Adapter.Lora, String> loras = new LinkedHashMap<>();
    private final Map<Adapter.Parallel, String> parallels = new LinkedHashMap<>();

    Constants(InjectionPlan plan) {
        name(
                routers,
                "ROUTER",
                Stream.concat(
                                plan.hosts().stream().map(HostRouter::router),
                                plan.sites().stream().map(Site::router).flatMap(Optional::stream))
                        .filter(Router::hasRows)
                        .map(Constants::semantics)
                        .distinct()
                        .toList());
        name(loras, "LORA", adapters(plan, Adapter.Lora.class));
        name(parallels, "PARALLEL", adapters(plan, Adapter.Parallel.class));
    }

    private static <A extends Adapter> List<A> adapters(InjectionPlan plan, Class<A> kind) {
        return plan.sites().stream()
                .map(site -> site.experts().adapter())
                .filter(kind::isInstance)
                .map(kind::cast)
                .distinct()
                .toList();
    }

    String of(Router router) {
        return find(routers, semantics(router));
    }

    String of(Adapter.Lora lora) {
        return find(loras, lora);
    }

    String of(Adapter.Parallel parallel) {
        return find(parallels, parallel);
    }

    List<FieldSpec> fields() {
        List<FieldSpec> fields = new ArrayList<>();
        routers.forEach((router, name) -> fields.add(field(Names.ROUTER, name, RouterCode.of(router))));
        loras.forEach((lora, name) -> fields.add(field(
                TypeName.get(Adapter.Lora.class),
                name,
                CodeBlock.of(
                        "new $1T($2L, $3L, $1T.Init.$4L, $5L)",
                        Adapter.Lora.class,
                        lora.rank(),
                        lora.alpha(),
                        lora.init(),
                        lora.dropout()))));
        parallels.forEach((parallel, name) -> fields.add(field(
                TypeName.get(Adapter.Parallel.class),
                name,
                CodeBlock.of("new $T($L, $L)", Adapter.Parallel.class, parallel.rank(), parallel.dropout()))));
        return fields;
    }

    private static FieldSpec field(TypeName type, String name, CodeBlock value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value)
                .build();
    }

    private static <T> void name(Map<T, String> names, String base, List<T> values) {
        values.forEach(value -> names.put(value, values.size() == 1 ? base : base + "_" + (names.size() + 1)));
    }

    private static <T> String find(Map<T, String> names, T value) {
        String name = names.get(value);
        if (name == null) {
            throw new IllegalArgumentException("not of this plan: " + value);
        }
        return name;
    }

    /** How a router starts stands in the layout, so it doesn't make two constants. */
    private static Router semantics(Router router) {
        return router.init(RouterInit.NORMAL);
    }
}
