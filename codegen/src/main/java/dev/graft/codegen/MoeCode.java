package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.ScaleSource;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.lang.model.element.Modifier;

/** The method of a MoE block: its pretrained router, its experts with their adapters, and what stands beside it. */
final class MoeCode {
    private final Architecture architecture;
    private final ModelShape shape;
    private final SiteCode sites;
    private final Constants constants;

    MoeCode(Architecture architecture, ModelShape shape, SiteCode sites, Constants constants) {
        this.architecture = architecture;
        this.shape = shape;
        this.sites = sites;
        this.constants = constants;
    }

    MethodSpec method(BlockStructure structure) {
        Architecture.MoeNames names = architecture.moe().orElseThrow();
        int hidden = shape.hiddenSize();
        CodeBlock.Builder code = CodeBlock.builder()
                .add(
                        "$T x = ops.rmsNorm(hidden, weights.get(name + $S), NORM_EPS); // [T, $L]\n",
                        Names.NDARRAY,
                        "." + names.norm(),
                        hidden)
                .add(router(structure, names))
                .add(experts(structure, names));
        String output = "mixed";
        if (names.shared().isPresent()) {
            code.add(shared(names.shared().get()));
            output = "both";
        }
        Optional<SiteGroup> beside = structure.groupOf(Role.BESIDE);
        if (beside.isPresent()) {
            code.add(beside(beside.get(), output));
        } else {
            code.addStatement("return $L", output);
        }
        return MethodSpec.methodBuilder(structure.method())
                .addModifiers(Modifier.PRIVATE)
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden")
                .addStatement("$T ops = pass.ops()", Names.OPS)
                .addStatement("String name = LAYER.formatted(layer)")
                .addCode(code.build())
                .build();
    }

    private CodeBlock router(BlockStructure structure, Architecture.MoeNames names) {
        HostRouter host = structure.host().orElseThrow();
        CodeBlock.Builder code = CodeBlock.builder();
        Optional<SiteGroup> lora = structure.groupOf(Role.ROUTER);
        lora.ifPresent(group -> code.add(
                        "$T wide = ops.cast(x, $T.FP32); // [T, $L]\n",
                        Names.NDARRAY,
                        Names.ELEMENT_TYPE,
                        shape.hiddenSize())
                .add(sites.hidden(group, CodeBlock.of("wide"))));
        int nulls = host.router().nulls().count();
        int rows = host.experts() + nulls;
        CodeBlock gate = isWidened()
                ? CodeBlock.of("weights.trueRows(name + $S, EXPERTS)", "." + names.router())
                : CodeBlock.of("weights.get(name + $S)", "." + names.router() + ".weight");
        if (lora.isPresent()) {
            List<Leaf> own = lora.get().own();
            code.add(
                    "$T logits = ops.experts()\n$>$>.routerLogits(\n$>$>x,\n$L,\n$L,\n$L,\n$L,\n$L,\n$L); // [T, 1, $L]$<$<$<$<\n",
                    Names.NDARRAY,
                    gate,
                    nullRows(host, names),
                    nulls,
                    SiteCode.hidden(lora.get()),
                    SiteCode.leaf(own.get(0)),
                    own.size() > 1 ? SiteCode.leaf(own.get(1)) : CodeBlock.of("null"),
                    rows);
        } else {
            CodeBlock more = nulls > 0 ? CodeBlock.of(", $L, $L", nullRows(host, names), nulls) : CodeBlock.of("");
            code.add(
                    "$T logits = ops.experts()\n$>$>.routerLogits(x, $L$L); // [T, 1, $L]$<$<\n",
                    Names.NDARRAY,
                    gate,
                    more,
                    rows);
        }
        return code.add(
                        "$T gates = pass.pretrained(layer, logits, $L); // [T, 1, $L]\n",
                        Names.GATES,
                        constants.of(host.router()),
                        host.experts())
                .build();
    }

    private CodeBlock experts(BlockStructure structure, Architecture.MoeNames names) {
        CodeBlock.Builder code = CodeBlock.builder();
        List<CodeBlock> loras = new ArrayList<>();
        for (Role role : List.of(Role.GATE, Role.UP, Role.DOWN)) {
            Optional<SiteGroup> group = structure.groupOf(role);
            group.ifPresent(found -> code.add(expertLora(found, role)));
            loras.add(CodeBlock.of(group.isPresent() ? variable(role) : "null"));
        }
        CodeBlock adapted = structure.groupOf(Role.GATE).isPresent()
                        || structure.groupOf(Role.UP).isPresent()
                        || structure.groupOf(Role.DOWN).isPresent()
                ? CodeBlock.of("$L, ", CodeBlock.join(loras, ", "))
                : CodeBlock.of("");
        return code.add(
                        "$T experts = $L;\n$T mixed = ops.experts()\n$>$>.dispatch(x, gates, $T.$L, experts, $Lpass.rows()); // [T, $L]$<$<\n",
                        Names.EXPERT_WEIGHTS,
                        weights(names),
                        Names.NDARRAY,
                        Names.ACTIVATION,
                        shape.activation(),
                        adapted,
                        shape.hiddenSize())
                .build();
    }

    private static String variable(Role role) {
        return role.name().toLowerCase(Locale.ROOT) + "Lora";
    }

    /** Whether the checkpoint's own routers have null experts already. */
    private boolean isWidened() {
        return shape.experts().nulls() > 0;
    }

    /** The null experts' rows: none where they copy the router's own. */
    private CodeBlock nullRows(HostRouter host, Architecture.MoeNames names) {
        if (isWidened()) {
            return CodeBlock.of("weights.nullRows(name + $S, EXPERTS)", "." + names.router());
        }
        return host.added() > 0 && host.router().init() == RouterInit.NORMAL
                ? CodeBlock.of(
                        "weights.drawn(name + $S, $L, $L)", "." + names.nullRouter(), host.added(), shape.hiddenSize())
                : CodeBlock.of("null");
    }

    private CodeBlock weights(Architecture.MoeNames names) {
        Map<Role, String> projections = names.projections();
        return CodeBlock.of(
                "weights.experts(\n$>$>EXPERTS,\nname + $S,\nname + $S,\nname + $S)$<$<",
                "." + projections.get(Role.GATE),
                "." + projections.get(Role.UP),
                "." + projections.get(Role.DOWN));
    }

    private CodeBlock expertLora(SiteGroup group, Role role) {
        int index = SiteCode.indexOf(group, role);
        return CodeBlock.of(
                "$T $L = pass.expertLora(\n$>$>layer, $S, $L, $L, $L, $L);$<$<\n",
                Names.EXPERT_LORA,
                variable(role),
                group.name(),
                SiteCode.leaf(group.stacked().orElseThrow()),
                index,
                SiteCode.leaf(group.own().get(index)),
                constants.of((Adapter.Lora) group.first().experts().adapter()));
    }

    private CodeBlock shared(Architecture.SharedExpert shared) {
        Map<Role, String> projections = shared.projections();
        int size = shape.experts().sharedSize().orElseThrow();
        return CodeBlock.builder()
                .add(linear("sharedGate", required(projections, Role.GATE), "x", size))
                .add(linear("sharedUp", required(projections, Role.UP), "x", size))
                .add(
                        "$T inner = ops.gated(sharedGate, sharedUp, $T.$L); // [T, $L]\n",
                        Names.NDARRAY,
                        Names.ACTIVATION,
                        shape.activation(),
                        size)
                .add(linear("shared", required(projections, Role.DOWN), "inner", shape.hiddenSize()))
                .add(linear("sharedLogit", shared.gate(), "x", 1))
                .add(
                        "$T both = ops.add(mixed, ops.experts().sigmoidScaled(shared, sharedLogit)); // [T, $L]\n",
                        Names.NDARRAY,
                        shape.hiddenSize())
                .build();
    }

    private static String required(Map<Role, String> projections, Role role) {
        return Objects.requireNonNull(projections.get(role));
    }

    private static CodeBlock linear(String variable, String module, String input, int width) {
        return CodeBlock.of(
                "$T $L = weights.linear(name + $S).apply(ops, $L); // [T, $L]\n",
                Names.NDARRAY,
                variable,
                "." + module,
                input,
                width);
    }

    private CodeBlock beside(SiteGroup group, String output) {
        Site site = group.first();
        CodeBlock.Builder code = CodeBlock.builder();
        Optional<Router> router = site.router();
        boolean ownScale =
                router.filter(value -> value.scale() == ScaleSource.OWN_ROUTER).isPresent();
        group.router()
                .ifPresent(leaf -> code.add(
                        ownScale
                                ? "$T $L = pass.route(\n$>$>layer, $S, x, $L, 1, $L); // [T, 1, $L]$<$<\n"
                                : "$T $L = pass.routeScaledBy(\n$>$>gates, layer, $S, x, $L, $L); // [T, 1, $L]$<$<\n",
                        Names.GATES,
                        SiteCode.gates(group),
                        group.name(),
                        SiteCode.leaf(leaf),
                        constants.of(router.orElseThrow()),
                        site.experts().count()));
        CodeBlock gates = group.router().isPresent()
                ? CodeBlock.of("$L", SiteCode.gates(group))
                : CodeBlock.of(router.isPresent() && router.get().scale() == ScaleSource.HOST ? "gates" : "null");
        code.add(sites.hidden(group, CodeBlock.of("x"), gates));
        return code.add(
                        "return ops.experts().plus($L, $L, $L); // [T, $L]\n",
                        output,
                        SiteCode.hidden(group),
                        SiteCode.leaf(group.own().get(0)),
                        shape.hiddenSize())
                .build();
    }
}
