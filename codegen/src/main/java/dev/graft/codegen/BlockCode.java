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

/** The method of an attention block or of a dense FFN, with its experts. */
final class BlockCode {
    private final Architecture architecture;
    private final ModelShape shape;
    private final SiteCode sites;

    BlockCode(Architecture architecture, ModelShape shape, SiteCode sites) {
        this.architecture = architecture;
        this.shape = shape;
        this.sites = sites;
    }

    MethodSpec method(BlockStructure structure) {
        return MethodSpec.methodBuilder(structure.method())
                .addModifiers(Modifier.PRIVATE)
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden")
                .addStatement("$T ops = pass.ops()", Names.OPS)
                .addStatement("String name = LAYER.formatted(layer)")
                .addCode(norm(architecture.block(structure.kind()).norm()))
                .addCode(structure.kind() == BlockKind.ATTENTION ? attention(structure) : ffn(structure))
                .build();
    }

    private CodeBlock attention(BlockStructure structure) {
        return CodeBlock.builder()
                .add(sites.prepare(structure, "x", List.of(Role.Q, Role.K, Role.V)))
                .add(project(structure, "q", Role.Q))
                .add(project(structure, "k", Role.K))
                .add(project(structure, "v", Role.V))
                .add(
                        "$T mixed = pass.attention(layer, q, k, v, ATTENTION); // [T, $L]\n",
                        Names.NDARRAY,
                        shape.heads() * shape.headDim())
                .add(sites.prepare(structure, "mixed", List.of(Role.O)))
                .add(last(structure, Role.O, "mixed"))
                .build();
    }

    private CodeBlock ffn(BlockStructure structure) {
        CodeBlock.Builder code = CodeBlock.builder()
                .add(sites.prepare(structure, "x", List.of(Role.GATE, Role.UP)))
                .add(project(structure, "gate", Role.GATE))
                .add(project(structure, "up", Role.UP));
        if (structure.groupOf(Role.HIDDEN).isPresent()) {
            code.add(
                            "$T active = ops.activate(gate, $T.SILU); // [T, $L]\n",
                            Names.NDARRAY,
                            Names.ACTIVATION,
                            shape.ffnSize())
                    .add(sites.prepare(structure, hiddenRouterInput(structure), List.of(Role.HIDDEN)))
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

    private CodeBlock project(BlockStructure structure, String variable, Role role) {
        CodeBlock projected = sites.project(structure, role, "x");
        String norm = architecture.block(structure.kind()).outputNorms().get(role);
        CodeBlock value = norm == null
                ? projected
                : CodeBlock.of("ops.rmsNorm(\n$>$>$L, weights.get(name + $S), NORM_EPS)$<$<", projected, "." + norm);
        return CodeBlock.of(
                "$T $L = $L; // [T, $L]\n", Names.NDARRAY, variable, value, shape.out(structure.kind(), role));
    }

    private CodeBlock last(BlockStructure structure, Role role, String input) {
        return CodeBlock.of("return $L; // [T, $L]\n", sites.project(structure, role, input), shape.hiddenSize());
    }
}
