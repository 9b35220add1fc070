package dev.graft.codegen;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.BlockKind;
import dev.graft.surgery.InjectionPlan;
import java.util.List;
import javax.lang.model.element.Modifier;

/** The class of the patched model: one file, one model. */
final class ModelClass {
    private final Architecture architecture;
    private final InjectionPlan plan;
    private final ModelShape shape;
    private final Structures structures;
    private final LayerNames names;
    private final AnnotationSpec generated;

    ModelClass(Architecture architecture, InjectionPlan plan, AnnotationSpec generated) {
        this.architecture = architecture;
        this.plan = plan;
        this.shape = plan.base().shape();
        this.structures = Structures.of(plan, architecture);
        this.names = new LayerNames(architecture, shape);
        this.generated = generated;
    }

    TypeSpec type(ClassName name) {
        Constants constants = new Constants(plan);
        AttentionCode attention = new AttentionCode(architecture, shape);
        TypeSpec.Builder type = TypeSpec.classBuilder(name)
                .addJavadoc(
                        "$L, $L layers of width $L, patched by the surgery '$L'.\nT: tokens of all sequences, without padding.\n",
                        shape.modelType(),
                        shape.encoder().isPresent()
                                ? shape.encoderLayers() + " + " + shape.layers()
                                : String.valueOf(shape.layers()),
                        shape.hiddenSize(),
                        plan.surgery().name())
                .addAnnotation(generated)
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .superclass(Names.ABSTRACT_BLOCK)
                .addSuperinterface(shape.encoder().isPresent() ? Names.ENCODER_DECODER_MODEL : Names.CAUSAL_MODEL)
                .addFields(names.fields())
                .addFields(shape.moe().stream()
                        .map(moe -> constant(int.class, "EXPERTS", CodeBlock.of("$L", moe.experts())))
                        .toList())
                .addField(constant(double.class, "NORM_EPS", CodeBlock.of("$L", shape.normEps())))
                .addFields(attention.fields())
                .addFields(constants.fields())
                .addField(Names.WEIGHTS, "weights", Modifier.PRIVATE, Modifier.FINAL)
                .addField(Names.LEAVES, "leaves", Modifier.PRIVATE, Modifier.FINAL)
                .addMethod(constructor())
                .addMethod(new LayoutCode(structures.layers(), names, plan.weights()).method())
                .addMethods(names.methods())
                .addMethod(layers())
                .addMethods(attention.methods())
                .addMethod(embed());
        if (structures.layers().size() > 1) {
            type.addMethod(dispatch());
        }
        SiteCode sites = new SiteCode(architecture, constants);
        BlockCode blocks = new BlockCode(architecture, shape, names, sites);
        MoeCode moe = new MoeCode(architecture, shape, sites, constants);
        structures.layers().forEach(structure -> type.addMethod(layer(structure)));
        for (BlockStructure structure : structures.blocks()) {
            type.addMethods(
                    structure.kind() == BlockKind.MOE ? List.of(moe.method(structure)) : blocks.methods(structure));
        }
        shape.encoder().ifPresent(encoder -> type.addMethod(encoderNorm()));
        return type.addMethod(finalNorm())
                .addMethod(head())
                .addMethod(forwardInternal())
                .addMethod(outputShapes())
                .build();
    }

    static FieldSpec constant(Class<?> type, String name, CodeBlock value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value)
                .build();
    }

    private MethodSpec constructor() {
        boolean frozen = plan.weights().isEmpty();
        return MethodSpec.constructorBuilder()
                .addJavadoc(
                        frozen
                                ? "The frozen weights are views behind {@code weights}; the registered parameters are the leaves.\n"
                                : "The leaves take the place of the weights in {@code weights}; they are the registered parameters.\n")
                .addModifiers(Modifier.PUBLIC)
                .addParameter(Names.WEIGHTS, "weights")
                .addParameter(Names.LEAVES, "leaves")
                .addStatement(frozen ? "this.weights = weights" : "this.weights = weights.trained(leaves)")
                .addStatement("this.leaves = leaves")
                .addStatement("leaves.parameters().forEach(this::addParameter)")
                .build();
    }

    private MethodSpec layers() {
        return override("layers")
                .returns(int.class)
                .addStatement("return LAYERS")
                .build();
    }

    private MethodSpec embed() {
        return override("embed")
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addCode(
                        "return pass.ops().embedding(weights.get($S), pass.ids()); // [T, $L]\n",
                        architecture.embedding(),
                        shape.hiddenSize())
                .build();
    }

    private MethodSpec dispatch() {
        MethodSpec.Builder method = override("layer")
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden");
        List<LayerStructure> layers = structures.layers();
        for (LayerStructure structure : layers.subList(0, layers.size() - 1)) {
            method.beginControlFlow("if ($L)", structure.test())
                    .addStatement("return $L(pass, layer, hidden)", structure.method())
                    .endControlFlow();
        }
        return method.addStatement(
                        "return $L(pass, layer, hidden)",
                        layers.get(layers.size() - 1).method())
                .build();
    }

    private MethodSpec layer(LayerStructure structure) {
        MethodSpec.Builder method;
        if (structures.layers().size() == 1) {
            method = override(structure.method());
        } else {
            method = MethodSpec.methodBuilder(structure.method())
                    .addJavadoc("$L.\n", structure.span())
                    .addModifiers(Modifier.PRIVATE);
        }
        return method.returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(int.class, "layer")
                .addParameter(Names.NDARRAY, "hidden")
                .addCode(residuals(structure))
                .build();
    }

    /** Block by block, each with what it adds to the hidden states. */
    private CodeBlock residuals(LayerStructure structure) {
        CodeBlock.Builder code = CodeBlock.builder();
        String input = "hidden";
        List<BlockStructure> blocks = structure.blocks();
        for (BlockStructure block : blocks.subList(0, blocks.size() - 1)) {
            String output = block.kind() == BlockKind.CROSS_ATTENTION ? "read" : "attended";
            code.add(
                    "$T $L = pass.ops().add($L, $L(pass, layer, $L)); // [T, $L]\n",
                    Names.NDARRAY,
                    output,
                    input,
                    block.method(),
                    input,
                    shape.hiddenSize());
            input = output;
        }
        return code.add(
                        "return pass.ops().add($L, $L(pass, layer, $L)); // [T, $L]\n",
                        input,
                        blocks.get(blocks.size() - 1).method(),
                        input,
                        shape.hiddenSize())
                .build();
    }

    private MethodSpec encoderNorm() {
        return override("encoderNorm")
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(Names.NDARRAY, "hidden")
                .addCode(
                        "return pass.ops().rmsNorm(hidden, weights.get($S), NORM_EPS); // [M, $L]\n",
                        architecture.encoder().orElseThrow().finalNorm(),
                        shape.hiddenSize())
                .build();
    }

    private MethodSpec finalNorm() {
        boolean scaled =
                shape.encoder().filter(ModelShape.Encoder::scalesOutput).isPresent();
        CodeBlock norm =
                CodeBlock.of("pass.ops().rmsNorm(hidden, weights.get($S), NORM_EPS)", architecture.finalNorm());
        return override("finalNorm")
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(Names.NDARRAY, "hidden")
                .addCode(
                        scaled
                                ? "return pass.ops().scale($L, $L); // [T, $L], 1/√d as the head is tied\n"
                                : "return $L; // [T, $L]\n",
                        scaled
                                ? new Object[] {norm, 1 / Math.sqrt(shape.hiddenSize()), shape.hiddenSize()}
                                : new Object[] {norm, shape.hiddenSize()})
                .build();
    }

    private MethodSpec head() {
        return override("head")
                .returns(Names.NDARRAY)
                .addCode(
                        "return weights.get($S); // [$L, $L]$L\n",
                        shape.tiedHead() ? architecture.embedding() : architecture.head(),
                        shape.vocabulary(),
                        shape.hiddenSize(),
                        shape.tiedHead() ? ", tied to the embedding" : "")
                .build();
    }

    private MethodSpec forwardInternal() {
        TypeName params = ParameterizedTypeName.get(Names.PAIR_LIST, ClassName.get(String.class), ClassName.OBJECT);
        return MethodSpec.methodBuilder("forwardInternal")
                .addJavadoc(
                        shape.encoder().isPresent()
                                ? "Source ids [B, S], their mask [B, S] and decoder ids [B, T] to logits [B, T, $L].\n"
                                : "Token ids [B, S] and, if some rows are padded on the right, their mask [B, S], to logits [B, S, $L].\n",
                        shape.vocabulary())
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PROTECTED)
                .returns(Names.NDLIST)
                .addParameter(Names.PARAMETER_STORE, "store")
                .addParameter(Names.NDLIST, "inputs")
                .addParameter(boolean.class, "training")
                .addParameter(params, "options")
                .addStatement("return $T.logits(this, weights.engine(), inputs)", Names.FORWARD)
                .build();
    }

    private MethodSpec outputShapes() {
        return MethodSpec.methodBuilder("getOutputShapes")
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PUBLIC)
                .returns(com.palantir.javapoet.ArrayTypeName.of(Names.SHAPE))
                .addParameter(com.palantir.javapoet.ArrayTypeName.of(Names.SHAPE), "inputs")
                .addStatement(
                        "return new $T[] {inputs[$L].add($L)}",
                        Names.SHAPE,
                        shape.encoder().isPresent() ? "inputs.length - 1" : "0",
                        shape.vocabulary())
                .build();
    }

    static MethodSpec.Builder override(String name) {
        return MethodSpec.methodBuilder(name).addAnnotation(Override.class).addModifiers(Modifier.PUBLIC);
    }
}
