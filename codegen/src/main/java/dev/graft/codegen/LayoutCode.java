package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.SiteGroup;
import java.util.List;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/** The method that says which trainable tensors the model has, in the order of the flat buffer. */
final class LayoutCode {
    /** From here on a tensor's line is broken, so that it fits. */
    private static final int LONG_NAME = 32;

    private final List<LayerStructure> structures;
    private final LayerNames names;

    LayoutCode(List<LayerStructure> structures, LayerNames names) {
        this.structures = structures;
        this.names = names;
    }

    /** A leaf's name without its layer: the same in all layers of a structure. */
    static String key(Leaf leaf) {
        return leaf.name().replaceFirst("^layer\\d+_", "");
    }

    MethodSpec method() {
        MethodSpec.Builder method = MethodSpec.methodBuilder("layout")
                .addJavadoc("The trainable tensors, in the order of the flat buffer.\n")
                .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .returns(Names.LAYOUT)
                .addStatement("$T layout = new $T()", Names.LAYOUT, Names.LAYOUT)
                .beginControlFlow("for (int layer = 0; layer < LAYERS; layer++)")
                .addCode(names.local());
        for (LayerStructure structure : structures) {
            if (!structure.adapted()) {
                continue;
            }
            if (structures.size() > 1) {
                method.beginControlFlow("if ($L)", structure.test());
            }
            structure.blocks().stream()
                    .flatMap(block -> block.groups().stream())
                    .forEach(group -> group.leaves().forEach(leaf -> method.addStatement(leaf(group, leaf))));
            if (structures.size() > 1) {
                method.endControlFlow();
            }
        }
        return method.endControlFlow().addStatement("return layout").build();
    }

    private CodeBlock leaf(SiteGroup group, Leaf leaf) {
        CodeBlock.Builder code = CodeBlock.builder().add("layout.leaf(layer, $S)", key(leaf));
        String prefix = names.prefix(group.first().key());
        for (Leaf.Piece piece : leaf.pieces()) {
            String name = piece.tensor().substring(prefix.length());
            code.add(
                    name.length() > LONG_NAME
                            ? "\n.tensor(name + $S,\n$>$>$L, $L)$<$<"
                            : "\n.tensor(name + $S, $L, $L)",
                    name,
                    init(piece.init()),
                    piece.shape().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        return code.build();
    }

    private static CodeBlock init(Leaf.Init init) {
        if (init instanceof Leaf.Init.Normal normal) {
            return CodeBlock.of("$T.normal($L)", Names.INIT, normal.deviation());
        }
        if (init instanceof Leaf.Init.Uniform uniform) {
            return CodeBlock.of("$T.uniform($L)", Names.INIT, uniform.bound());
        }
        return CodeBlock.of("$T.fill($L)", Names.INIT, ((Leaf.Init.Fill) init).value());
    }
}
