package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Stack;
import dev.graft.surgery.SiteKey;
import java.util.List;
import javax.lang.model.element.Modifier;

/** How generated source makes the prefix of a layer's tensor names from the layer's number. */
final class LayerNames {
    private final Architecture architecture;
    private final ModelShape shape;

    LayerNames(Architecture architecture, ModelShape shape) {
        this.architecture = architecture;
        this.shape = shape;
    }

    /** The constants that {@link #local} and {@link #methods} use. */
    List<FieldSpec> fields() {
        String decoder = architecture.layer().replace("{layer}", "%d");
        if (architecture.encoder().isEmpty()) {
            return List.of(constant(int.class, "LAYERS", shape.layers()), constant(String.class, "LAYER", decoder));
        }
        String encoder = architecture.encoder().orElseThrow().layer().replace("{layer}", "%d");
        return List.of(
                constant(int.class, "ENCODER_LAYERS", shape.encoderLayers()),
                constant(int.class, "LAYERS", shape.encoderLayers() + shape.layers()),
                constant(String.class, "ENCODER_LAYER", encoder),
                constant(String.class, "DECODER_LAYER", decoder));
    }

    private static FieldSpec constant(Class<?> type, String name, Object value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value instanceof String ? "$S" : "$L", value)
                .build();
    }

    /** The statement that names {@code layer}. */
    CodeBlock local() {
        return architecture.encoder().isPresent()
                ? CodeBlock.of("String name = name(layer);\n")
                : CodeBlock.of("String name = LAYER.formatted(layer);\n");
    }

    /** The method behind it, where there are two stacks. */
    List<MethodSpec> methods() {
        if (architecture.encoder().isEmpty()) {
            return List.of();
        }
        return List.of(MethodSpec.methodBuilder("name")
                .addJavadoc("Layers are numbered through, the encoder's first.\n")
                .addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .returns(String.class)
                .addParameter(int.class, "layer")
                .addCode(
                        "return layer < ENCODER_LAYERS\n$>$>? ENCODER_LAYER.formatted(layer)\n: DECODER_LAYER.formatted(layer - ENCODER_LAYERS);\n$<$<")
                .build());
    }

    /** The prefix of a site's layer. */
    String prefix(SiteKey key) {
        return architecture.layerPrefix(key.stack(), key.layer());
    }

    /** The prefix of a layer, counted through both stacks. */
    String prefix(Stack stack, int layer) {
        return architecture.layerPrefix(stack, stack == Stack.ENCODER ? layer : layer - shape.encoderLayers());
    }
}
