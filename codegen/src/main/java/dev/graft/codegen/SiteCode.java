package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.dsl.RouterInput;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteGroup;
import java.util.List;

/** The statements of adapted sites: a group's router and stacked A once, then each projection. */
final class SiteCode {
    private final Architecture architecture;
    private final Constants constants;

    SiteCode(Architecture architecture, Constants constants) {
        this.architecture = architecture;
        this.constants = constants;
    }

    /** Routes and forms the stacked A products of the groups at these roles, which all read {@code input}. */
    CodeBlock prepare(BlockStructure structure, String input, List<Role> roles) {
        CodeBlock.Builder code = CodeBlock.builder();
        structure.groups().stream()
                .filter(group -> roles.contains(group.first().key().role()) && !readsHeads(group))
                .forEach(group -> code.add(prepare(group, input)));
        return code.build();
    }

    private CodeBlock prepare(SiteGroup group, String input) {
        CodeBlock.Builder code = CodeBlock.builder();
        Site first = group.first();
        int sites = group.sites().size();
        int experts = first.experts().count();
        group.router()
                .ifPresent(leaf -> code.add(
                        "$T $L = pass.route(\n$>$>layer, $S, $L, $L, $L, $L); // [T, $L, $L]$<$<\n",
                        Names.GATES,
                        gates(group),
                        group.name(),
                        input,
                        leaf(leaf),
                        sites,
                        constants.of(first.router().orElseThrow()),
                        sites,
                        experts));
        if (group.stacked().isPresent()) {
            CodeBlock gates = CodeBlock.of(group.router().isPresent() ? gates(group) : "null");
            code.add(hidden(group, CodeBlock.of("$L", input), gates));
        }
        return code.build();
    }

    /** The hidden state of a group without gates from elsewhere: it has a router of its own beside A, or none. */
    CodeBlock hidden(SiteGroup group, CodeBlock input) {
        return hidden(group, input, CodeBlock.of("null"));
    }

    /** The hidden state of a group, weighed by these gates; {@code null} for none from elsewhere. */
    CodeBlock hidden(SiteGroup group, CodeBlock input, CodeBlock gates) {
        Site first = group.first();
        Leaf leaf = group.stacked().orElseThrow();
        boolean weighed = !gates.toString().equals("null");
        if (first.experts().adapter() instanceof Adapter.Parallel parallel) {
            return CodeBlock.of(
                    "$T $L = pass.parallelHidden(\n$>$>layer, $S, $L, $L, $L, $L); // [T, $L]$<$<\n",
                    Names.NDARRAY,
                    hidden(group),
                    group.name(),
                    input,
                    leaf(leaf),
                    gates,
                    constants.of(parallel),
                    leaf.shape().get(0));
        }
        return CodeBlock.of(
                "$T $L = pass.loraHidden(\n$>$>layer, $S, $L, $L, $L, $L); // [T, $L]$<$<\n",
                Names.LORA_HIDDEN,
                hidden(group),
                group.name(),
                input,
                leaf(leaf),
                weighed
                        ? CodeBlock.of(
                                isLong(group, input) ? "\n$L, $T.$L" : "$L, $T.$L",
                                gates,
                                Names.MERGE,
                                first.router().orElseThrow().merge())
                        : alone(group),
                constants.of((Adapter.Lora) first.experts().adapter()),
                first.experts().count() * group.sites().size() * rank(first));
    }

    /** The sites, and the semantics of their routers where those stand beside A. */
    private CodeBlock alone(SiteGroup group) {
        int sites = group.sites().size();
        return group.routesWithA()
                ? CodeBlock.of(
                        "$L, $L", sites, constants.of(group.first().router().orElseThrow()))
                : CodeBlock.of("$L", sites);
    }

    private static int rank(Site site) {
        return ((Adapter.Lora) site.experts().adapter()).rank();
    }

    /** Whether the call with gates would not fit into a line. */
    private static boolean isLong(SiteGroup group, CodeBlock input) {
        return 3 * group.name().length() + input.toString().length() > 24;
    }

    /** The projection of a role, with its adapter if the structure has one there. */
    CodeBlock project(BlockStructure structure, Role role, String input) {
        CodeBlock linear = CodeBlock.of(
                "weights.linear(name + $S)",
                "."
                        + architecture
                                .block(structure.stack(), structure.kind())
                                .projections()
                                .get(role));
        SiteGroup group = structure.groupOf(role).orElse(null);
        if (group == null) {
            return CodeBlock.of("$L.apply(ops, $L)", linear, input);
        }
        int index = indexOf(group, role);
        Site site = group.sites().get(index);
        if (site.experts().adapter() instanceof Adapter.Ia3) {
            return scaled(structure, role, CodeBlock.of("$L.apply(ops, $L)", linear, input));
        }
        return CodeBlock.of(
                "$L\n$>$>.adapted(ops, $L, $L, $L, $L)$<$<",
                linear,
                input,
                hidden(group),
                index,
                leaf(group.own().get(index)));
    }

    /** Whether the site's router reads its projected heads one by one. */
    boolean readsHeads(BlockStructure structure, Role role) {
        return structure.groupOf(role).filter(SiteCode::readsHeads).isPresent();
    }

    private static boolean readsHeads(SiteGroup group) {
        return group.first()
                .router()
                .filter(router -> router.input() == RouterInput.PROJECTED_PER_HEAD)
                .isPresent();
    }

    /** (IA)³ whose router reads each projected head: the projection, its gates, and both together. */
    CodeBlock scaledHeads(BlockStructure structure, Role role, String variable, String input, ModelShape shape) {
        SiteGroup group = structure.groupOf(role).orElseThrow();
        int width = shape.out(structure.kind(), role);
        int experts = group.first().experts().count();
        return CodeBlock.builder()
                .add(
                        "$T $LHeads = weights.linear(name + $S).apply(ops, $L); // [T, $L]\n",
                        Names.NDARRAY,
                        variable,
                        "."
                                + architecture
                                        .block(structure.stack(), structure.kind())
                                        .projections()
                                        .get(role),
                        input,
                        width)
                .add(
                        "$T $L = pass.routeHeads($LHeads, $L, $L); // [T * $L, 1, $L]\n",
                        Names.GATES,
                        gates(group),
                        variable,
                        leaf(group.router().orElseThrow()),
                        constants.of(group.first().router().orElseThrow()),
                        width / shape.headDim(),
                        experts)
                .add(
                        "$T $L = pass.scaleHeads($LHeads, $L, $L); // [T, $L]\n",
                        Names.NDARRAY,
                        variable,
                        variable,
                        gates(group),
                        leaf(group.own().get(0)),
                        width)
                .build();
    }

    /** (IA)³: the output times the mixture of the site's vectors. */
    CodeBlock scaled(BlockStructure structure, Role role, CodeBlock output) {
        SiteGroup group = structure.groupOf(role).orElseThrow();
        int index = indexOf(group, role);
        CodeBlock vectors = leaf(group.own().get(index));
        return CodeBlock.of(
                "ops.mixtures()\n$>$>.scaleBy(\n$>$>$L,\n$L, $L, $L)$<$<$<$<",
                output,
                group.router().isPresent() ? gates(group) : "null",
                index,
                vectors);
    }

    static int indexOf(SiteGroup group, Role role) {
        for (int i = 0; i < group.sites().size(); i++) {
            if (group.sites().get(i).key().role() == role) {
                return i;
            }
        }
        throw new IllegalArgumentException(group.name() + " has no site " + role);
    }

    static CodeBlock leaf(Leaf leaf) {
        return CodeBlock.of("leaves.get(layer, $S)", LayoutCode.key(leaf));
    }

    static String gates(SiteGroup group) {
        return camel(group.name()) + "Gates";
    }

    static String hidden(SiteGroup group) {
        boolean parallel = group.first().experts().adapter() instanceof Adapter.Parallel;
        return camel(group.name()) + (parallel ? "Hidden" : "Lora");
    }

    private static String camel(String name) {
        StringBuilder text = new StringBuilder();
        for (String part : name.split("_", -1)) {
            text.append(text.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
        }
        return text.toString();
    }
}
