package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.RouterInput;
import java.util.List;
import javax.lang.model.element.Modifier;

/** The methods of one {@link LayerStructure}: the layer, its attention and its FFN. */
final class LayerCode {
    private final Architecture architecture;
    private final ModelShape shape;
    private final LayerStructure structure;
    private final SiteCode sites;

    LayerCode(Architecture architecture, ModelShape shape, LayerStructure structure, SiteCode sites) {
        this.architecture = architecture;
        this.shape = shape;
        this.structure = structure;
        this.sites = sites;
    }

    List<MethodSpec> methods() {
        return List.of(layer(), attention(), ffn());
    }

    private MethodSpec layer() {
        boolean only = structure.suffix().isEmpty();
        MethodSpec.Builder method = MethodSpec.methodBuilder(structure.name())
                .addModifiers(only ? Modifier.PUBLIC : Modifier.PRIVATE)
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden");
        if (only) {
            method.addAnnotation(Override.class);
        } else {
            method.addJavadoc("$L.\n", capitalised(structure.span()));
        }
        return method.addCode(
                        "$T attended = pass.ops().add(hidden, attention$L(pass, layer, hidden)); // [T, $L]\n",
                        Names.NDARRAY,
                        structure.suffix(),
                        shape.hiddenSize())
                .addCode(
                        "return pass.ops().add(attended, ffn$L(pass, layer, attended)); // [T, $L]\n",
                        structure.suffix(),
                        shape.hiddenSize())
                .build();
    }

    private MethodSpec attention() {
        int queries = shape.heads() * shape.headDim();
        CodeBlock.Builder code = CodeBlock.builder()
                .add("$T ops = pass.ops();\n", Names.OPS)
                .add("String name = LAYER.formatted(layer);\n")
                .add(norm(architecture.attention().norm()))
                .add(sites.prepare(structure, "x", List.of(Role.Q, Role.K, Role.V)))
                .add(project("q", Role.Q, "x"))
                .add(project("k", Role.K, "x"))
                .add(project("v", Role.V, "x"))
                .add("$T mixed = pass.attention(layer, q, k, v, ATTENTION); // [T, $L]\n", Names.NDARRAY, queries)
                .add(sites.prepare(structure, "mixed", List.of(Role.O)))
                .add("return ")
                .add(sites.project(structure, BlockKind.ATTENTION, Role.O, "mixed"))
                .add("; // [T, $L]\n", shape.hiddenSize());
        return method("attention").addCode(code.build()).build();
    }

    private MethodSpec ffn() {
        CodeBlock.Builder code = CodeBlock.builder()
                .add("$T ops = pass.ops();\n", Names.OPS)
                .add("String name = LAYER.formatted(layer);\n")
                .add(norm(architecture.ffn().norm()))
                .add(sites.prepare(structure, "x", List.of(Role.GATE, Role.UP)))
                .add(project("gate", Role.GATE, "x"))
                .add(project("up", Role.UP, "x"));
        if (structure.groupOf(Role.HIDDEN).isPresent()) {
            code.add(
                            "$T active = ops.activate(gate, $T.SILU); // [T, $L]\n",
                            Names.NDARRAY,
                            Names.ACTIVATION,
                            shape.ffnSize())
                    .add(sites.prepare(structure, hiddenRouterInput(), List.of(Role.HIDDEN)))
                    .add(
                            "$T inner = ops.multiply($L, up); // [T, $L]\n",
                            Names.NDARRAY,
                            sites.scaled(structure, Role.HIDDEN, CodeBlock.of("active")),
                            shape.ffnSize());
        } else {
            code.add(
                    "$T inner = ops.gated(gate, up, $T.SILU); // [T, $L]\n",
                    Names.NDARRAY,
                    Names.ACTIVATION,
                    shape.ffnSize());
        }
        code.add(sites.prepare(structure, "inner", List.of(Role.DOWN)))
                .add("return ")
                .add(sites.project(structure, BlockKind.FFN, Role.DOWN, "inner"))
                .add("; // [T, $L]\n", shape.hiddenSize());
        return method("ffn").addCode(code.build()).build();
    }

    /** By default the router of the hidden state reads the activated hidden state itself. */
    private String hiddenRouterInput() {
        return structure
                .groupOf(Role.HIDDEN)
                .flatMap(group -> group.first().router())
                .filter(router -> router.input() != RouterInput.ACTIVATED_HIDDEN)
                .map(router -> "x")
                .orElse("active");
    }

    private MethodSpec.Builder method(String name) {
        return MethodSpec.methodBuilder(name + structure.suffix())
                .addModifiers(Modifier.PRIVATE)
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden");
    }

    private CodeBlock norm(String tensor) {
        return CodeBlock.of(
                "$T x = ops.rmsNorm(hidden, weights.get(name + $S), NORM_EPS); // [T, $L]\n",
                Names.NDARRAY,
                "." + tensor,
                shape.hiddenSize());
    }

    private CodeBlock project(String variable, Role role, String input) {
        BlockKind kind = role == Role.GATE || role == Role.UP ? BlockKind.FFN : BlockKind.ATTENTION;
        return CodeBlock.of(
                "$T $L = $L; // [T, $L]\n",
                Names.NDARRAY,
                variable,
                sites.project(structure, kind, role, input),
                shape.out(role));
    }

    private static String capitalised(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
