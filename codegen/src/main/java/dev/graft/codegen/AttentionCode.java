package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import java.util.List;
import javax.lang.model.element.Modifier;

/** A model's attention and positions: constants, and the methods that show them to the runtime. */
final class AttentionCode {
    private final Architecture architecture;
    private final ModelShape shape;

    AttentionCode(Architecture architecture, ModelShape shape) {
        this.architecture = architecture;
        this.shape = shape;
    }

    /** The constants of attention and positions. */
    List<FieldSpec> fields() {
        if (shape.encoder().isPresent()) {
            String bias = "." + architecture.encoder().orElseThrow().relativeBias();
            return List.of(
                    ModelClass.constant(String.class, "BIAS", CodeBlock.of("$S", bias)),
                    ModelClass.constant(
                            int.class,
                            "MAX_DISTANCE",
                            CodeBlock.of("$L", shape.encoder().orElseThrow().maxDistance())),
                    field(Names.ATTENTION, "ENCODER_ATTENTION", unscaled("bidirectional")),
                    field(Names.ATTENTION, "DECODER_ATTENTION", unscaled("causal")),
                    field(Names.ATTENTION, "CROSS_ATTENTION", unscaled("bidirectional")));
        }
        return List.of(field(Names.ATTENTION, "ATTENTION", attention()), field(Names.ROTARY, "ROTARY", rotary()));
    }

    private static FieldSpec field(TypeName type, String name, CodeBlock value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value)
                .build();
    }

    private CodeBlock unscaled(String kind) {
        return CodeBlock.of(
                "$T.$L($L, $L, $L).scale(1)",
                Names.ATTENTION,
                kind,
                shape.heads(),
                shape.keyValueHeads(),
                shape.headDim());
    }

    private static List<MethodSpec> decoderOnly() {
        return List.of(
                ModelClass.override("attention")
                        .returns(Names.ATTENTION)
                        .addStatement("return ATTENTION")
                        .build(),
                ModelClass.override("rotary")
                        .returns(Names.ROTARY)
                        .addStatement("return ROTARY")
                        .build());
    }

    /** The methods by which the runtime asks for them. */
    List<MethodSpec> methods() {
        return shape.encoder().isPresent() ? encoderDecoder() : decoderOnly();
    }

    private List<MethodSpec> encoderDecoder() {
        return List.of(
                ModelClass.override("encoderLayers")
                        .returns(int.class)
                        .addStatement("return ENCODER_LAYERS")
                        .build(),
                ModelClass.override("attention")
                        .returns(Names.ATTENTION)
                        .addStatement("return DECODER_ATTENTION")
                        .build(),
                ModelClass.override("decoderStart")
                        .returns(int.class)
                        .addStatement("return $L", shape.encoder().orElseThrow().start())
                        .build());
    }

    private CodeBlock attention() {
        CodeBlock causal = CodeBlock.of(
                "$T.causal($L, $L, $L)", Names.ATTENTION, shape.heads(), shape.keyValueHeads(), shape.headDim());
        return shape.window().isPresent()
                ? CodeBlock.of("$L.window($L)", causal, shape.window().getAsInt())
                : causal;
    }

    private CodeBlock rotary() {
        ModelShape.Rope rope = shape.rope().orElseThrow();
        return rope.scaling()
                .map(s -> CodeBlock.of(
                        "new $1T($2L, $3L, new $1T.Scaling.Llama3($4L, $5L, $6L, $7L))",
                        Names.ROTARY,
                        shape.headDim(),
                        rope.theta(),
                        s.factor(),
                        s.lowFrequency(),
                        s.highFrequency(),
                        s.originalPositions()))
                .orElse(CodeBlock.of("$T.of($L, $L)", Names.ROTARY, shape.headDim(), rope.theta()));
    }
}
