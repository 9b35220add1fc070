package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.SiteGroup;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/** The method that says which trainable tensors the model has, in the order of the flat buffer. */
final class LayoutCode {
    /** From here on a tensor's line is broken, so that it fits. */
    private static final int LONG_NAME = 32;

    private final List<LayerStructure> structures;
    private final LayerNames names;
    private final List<Leaf> weights;
    private final Set<String> tensors;

    /** @param weights pretrained tensors that are trained themselves */
    LayoutCode(List<LayerStructure> structures, LayerNames names, List<Leaf> weights) {
        this.structures = structures;
        this.names = names;
        this.weights = weights;
        this.tensors = weights.stream().map(LayoutCode::tensor).collect(Collectors.toSet());
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
            List<Leaf> own = weights(structure);
            if (!structure.adapted() && own.isEmpty()) {
                continue;
            }
            if (structures.size() > 1) {
                method.beginControlFlow("if ($L)", structure.test());
            }
            structure.blocks().stream()
                    .flatMap(block -> block.groups().stream())
                    .forEach(group -> group.leaves().forEach(leaf -> method.addStatement(leaf(group, leaf))));
            own.forEach(weight -> method.addStatement(weight(
                    "name + $S", prefix(structure, structure.layers().get(0)).length() - 1, weight)));
            if (structures.size() > 1) {
                method.endControlFlow();
            }
        }
        method.endControlFlow();
        outsideLayers().forEach(weight -> method.addStatement(weight("$S", 0, weight)));
        return method.addStatement("return layout").build();
    }

    /** Those of its first layer that all its layers have. */
    private List<Leaf> weights(LayerStructure structure) {
        String first = prefix(structure, structure.layers().get(0));
        return weights.stream()
                .filter(weight -> tensor(weight).startsWith(first))
                .filter(weight -> structure.layers().stream()
                        .allMatch(layer -> tensors.contains(
                                prefix(structure, layer) + tensor(weight).substring(first.length()))))
                .toList();
    }

    private List<Leaf> outsideLayers() {
        Set<String> inside = new HashSet<>();
        for (LayerStructure structure : structures) {
            int first = prefix(structure, structure.layers().get(0)).length();
            for (Leaf weight : weights(structure)) {
                structure
                        .layers()
                        .forEach(layer -> inside.add(
                                prefix(structure, layer) + tensor(weight).substring(first)));
            }
        }
        return weights.stream()
                .filter(weight -> !inside.contains(tensor(weight)))
                .toList();
    }

    private String prefix(LayerStructure structure, int layer) {
        return names.prefix(structure.stack(), layer) + ".";
    }

    private static CodeBlock weight(String name, int prefix, Leaf weight) {
        return CodeBlock.of(
                "layout.weight(" + name + ", $L)",
                tensor(weight).substring(prefix),
                shape(weight.pieces().get(0)));
    }

    private static String tensor(Leaf weight) {
        return weight.pieces().get(0).tensor();
    }

    private static String shape(Leaf.Piece piece) {
        return piece.shape().stream().map(String::valueOf).collect(Collectors.joining(", "));
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
