package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Stack;
import java.util.List;
import javax.lang.model.element.Modifier;

/** The methods of an attention block or of a dense FFN, with its experts. */
final class BlockCode {
    private final Architecture architecture;
    private final ModelShape shape;
    private final LayerNames names;
    private final SiteCode sites;

    BlockCode(Architecture architecture, ModelShape shape, LayerNames names, SiteCode sites) {
        this.architecture = architecture;
        this.shape = shape;
        this.names = names;
        this.sites = sites;
    }

    /** The block's methods: cross-attention has one more, for what it reads of the encoder. */
    List<MethodSpec> methods(BlockStructure structure) {
        CodeBlock code = switch (structure.kind()) {
            case ATTENTION -> attention(structure);
            case CROSS_ATTENTION -> crossAttention(structure);
            case FFN -> ffn(structure);
            case MOE -> throw new IllegalArgumentException("a MoE block has code of its own");
        };
        MethodSpec method = signature(structure.method(), "hidden")
                .returns(Names.NDARRAY)
                .addCode(norm(
                        architecture.block(structure.stack(), structure.kind()).norm()))
                .addCode(code)
                .build();
        return structure.kind() == BlockKind.CROSS_ATTENTION ? List.of(method, memory(structure)) : List.of(method);
    }

    private MethodSpec.Builder signature(String name, String input) {
        return MethodSpec.methodBuilder(name)
                .addModifiers(Modifier.PRIVATE)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, input)
                .addStatement("$T ops = pass.ops()", Names.OPS)
                .addCode(names.local());
    }

    private CodeBlock attention(BlockStructure structure) {
        CodeBlock.Builder code = CodeBlock.builder()
                .add(sites.prepare(structure, "x", List.of(Role.Q, Role.K, Role.V)))
                .add(project(structure, "q", Role.Q, "x"))
                .add(project(structure, "k", Role.K, "x"))
                .add(project(structure, "v", Role.V, "x"));
        if (shape.encoder().isPresent()) {
            String stack = structure.stack().name();
            code.add(
                    "$T bias = new $T(weights.get(name($L) + BIAS), MAX_DISTANCE); // [$L, $L]\n",
                    Names.RELATIVE_BIAS,
                    Names.RELATIVE_BIAS,
                    structure.stack() == Stack.ENCODER ? "0" : "ENCODER_LAYERS",
                    shape.encoder().orElseThrow().buckets(),
                    shape.heads());
            code.add(
                    "$T mixed = pass.attention(layer, q, k, v, $L_ATTENTION, bias); // [T, $L]\n",
                    Names.NDARRAY,
                    stack,
                    shape.heads() * shape.headDim());
        } else {
            code.add(
                    "$T mixed = pass.attention(layer, q, k, v, ATTENTION); // [T, $L]\n",
                    Names.NDARRAY,
                    shape.heads() * shape.headDim());
        }
        return code.add(output(structure)).build();
    }

    private CodeBlock output(BlockStructure structure) {
        return CodeBlock.builder()
                .add(sites.prepare(structure, "mixed", List.of(Role.O)))
                .add(last(structure, Role.O, "mixed"))
                .build();
    }

    private CodeBlock crossAttention(BlockStructure structure) {
        return CodeBlock.builder()
                .add(sites.prepare(structure, "x", List.of(Role.Q)))
                .add(project(structure, "q", Role.Q, "x"))
                .add(
                        "$T memory = pass.memory(layer, () -> $L(pass.encoding(), layer, pass.memory()));\n",
                        Names.KEYS_VALUES,
                        memoryName(structure))
                .add(
                        "$T mixed = pass.crossAttention(q, memory, CROSS_ATTENTION); // [T, $L]\n",
                        Names.NDARRAY,
                        shape.heads() * shape.headDim())
                .add(output(structure))
                .build();
    }

    private static String memoryName(BlockStructure structure) {
        return structure
                .method()
                .replaceFirst("crossAttention|CrossAttention", "memory")
                .replaceFirst("^plainmemory", "plainMemory");
    }

    private MethodSpec memory(BlockStructure structure) {
        return signature(memoryName(structure), "states")
                .addJavadoc(
                        "What cross-attention reads of the encoder's final states [M, $L]; {@code pass} goes over the encoder's tokens.\n",
                        shape.hiddenSize())
                .returns(Names.KEYS_VALUES)
                .addCode(sites.prepare(structure, "states", List.of(Role.K, Role.V)))
                .addCode(project(structure, "k", Role.K, "states"))
                .addCode(project(structure, "v", Role.V, "states"))
                .addStatement("return new $T(k, v, pass.rows())", Names.KEYS_VALUES)
                .build();
    }

    private CodeBlock ffn(BlockStructure structure) {
        CodeBlock.Builder code = CodeBlock.builder()
                .add(sites.prepare(structure, "x", List.of(Role.GATE, Role.UP)))
                .add(project(structure, "gate", Role.GATE, "x"))
                .add(project(structure, "up", Role.UP, "x"));
        if (structure.groupOf(Role.HIDDEN).isPresent()) {
            code.add(
                            "$T active = ops.activate(gate, $T.$L); // [T, $L]\n",
                            Names.NDARRAY,
                            Names.ACTIVATION,
                            shape.activation(),
                            shape.ffnSize())
                    .add(sites.prepare(structure, hiddenRouterInput(structure), List.of(Role.HIDDEN)))
                    .add(
                            "$T inner = ops.multiply($L, up); // [T, $L]\n",
                            Names.NDARRAY,
                            sites.scaled(structure, Role.HIDDEN, CodeBlock.of("active")),
                            shape.ffnSize());
        } else {
            code.add(
                    "$T inner = ops.gated(gate, up, $T.$L); // [T, $L]\n",
                    Names.NDARRAY,
                    Names.ACTIVATION,
                    shape.activation(),
                    shape.ffnSize());
        }
        return code.add(sites.prepare(structure, "inner", List.of(Role.DOWN)))
                .add(last(structure, Role.DOWN, "inner"))
                .build();
    }

    /** By default the router of the hidden state reads the activated hidden state itself. */
    private static String hiddenRouterInput(BlockStructure structure) {
        return structure
                .groupOf(Role.HIDDEN)
                .flatMap(group -> group.first().router())
                .filter(router -> router.input() != RouterInput.ACTIVATED_HIDDEN)
                .map(router -> "x")
                .orElse("active");
    }

    private CodeBlock norm(String tensor) {
        return CodeBlock.of(
                "$T x = ops.rmsNorm(hidden, weights.get(name + $S), NORM_EPS); // [T, $L]\n",
                Names.NDARRAY,
                "." + tensor,
                shape.hiddenSize());
    }

    private CodeBlock project(BlockStructure structure, String variable, Role role, String input) {
        String norm = architecture
                .block(structure.stack(), structure.kind())
                .outputNorms()
                .get(role);
        int width = shape.out(structure.kind(), role);
        if (sites.readsHeads(structure, role)) {
            return sites.scaledHeads(structure, role, variable, input, shape);
        }
        CodeBlock projected = CodeBlock.of(
                "$T $L = $L; // [T, $L]\n",
                Names.NDARRAY,
                norm == null ? variable : variable + "Projected",
                sites.project(structure, role, input),
                width);
        return norm == null
                ? projected
                : CodeBlock.of(
                        "$L$T $L = ops.rmsNorm($LProjected, weights.get(name + $S), NORM_EPS); // [T, $L]\n",
                        projected,
                        Names.NDARRAY,
                        variable,
                        variable,
                        "." + norm,
                        width);
    }

    private CodeBlock last(BlockStructure structure, Role role, String input) {
        return CodeBlock.of("return $L; // [T, $L]\n", sites.project(structure, role, input), shape.hiddenSize());
    }
}
