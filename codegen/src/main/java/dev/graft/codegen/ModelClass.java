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
    private final AnnotationSpec generated;

    ModelClass(Architecture architecture, InjectionPlan plan, AnnotationSpec generated) {
        this.architecture = architecture;
        this.plan = plan;
        this.shape = plan.base().shape();
        this.structures = Structures.of(plan);
        this.generated = generated;
    }

    TypeSpec type(ClassName name) {
        Constants constants = new Constants(plan);
        TypeSpec.Builder type = TypeSpec.classBuilder(name)
                .addJavadoc(
                        "$L, $L layers of width $L, patched by the surgery '$L'. T: tokens of all sequences, without padding.\n",
                        shape.modelType(),
                        shape.layers(),
                        shape.hiddenSize(),
                        plan.surgery().name())
                .addAnnotation(generated)
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .superclass(Names.ABSTRACT_BLOCK)
                .addSuperinterface(Names.CAUSAL_MODEL)
                .addField(constant(int.class, "LAYERS", CodeBlock.of("$L", shape.layers())))
                .addField(constant(
                        String.class,
                        "LAYER",
                        CodeBlock.of("$S", architecture.layer().replace("{layer}", "%d"))))
                .addFields(shape.moe().stream()
                        .map(moe -> constant(int.class, "EXPERTS", CodeBlock.of("$L", moe.experts())))
                        .toList())
                .addField(constant(double.class, "NORM_EPS", CodeBlock.of("$L", shape.normEps())))
                .addField(FieldSpec.builder(
                                Names.ATTENTION, "ATTENTION", Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                        .initializer(attention())
                        .build())
                .addField(FieldSpec.builder(Names.ROTARY, "ROTARY", Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                        .initializer(rotary())
                        .build())
                .addFields(constants.fields())
                .addField(Names.WEIGHTS, "weights", Modifier.PRIVATE, Modifier.FINAL)
                .addField(Names.LEAVES, "leaves", Modifier.PRIVATE, Modifier.FINAL)
                .addMethod(constructor())
                .addMethod(new LayoutCode(structures.layers(), architecture.layer()).method())
                .addMethod(layers())
                .addMethod(override("attention")
                        .returns(Names.ATTENTION)
                        .addStatement("return ATTENTION")
                        .build())
                .addMethod(override("rotary")
                        .returns(Names.ROTARY)
                        .addStatement("return ROTARY")
                        .build())
                .addMethod(embed());
        if (structures.layers().size() > 1) {
            type.addMethod(dispatch());
        }
        SiteCode sites = new SiteCode(architecture, constants);
        BlockCode blocks = new BlockCode(architecture, shape, sites);
        MoeCode moe = new MoeCode(architecture, shape, sites, constants);
        structures.layers().forEach(structure -> type.addMethod(layer(structure)));
        structures
                .blocks()
                .forEach(structure -> type.addMethod(
                        structure.kind() == BlockKind.MOE ? moe.method(structure) : blocks.method(structure)));
        return type.addMethod(finalNorm())
                .addMethod(head())
                .addMethod(forwardInternal())
                .addMethod(outputShapes())
                .build();
    }

    private static FieldSpec constant(Class<?> type, String name, CodeBlock value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value)
                .build();
    }

    private CodeBlock attention() {
        CodeBlock causal = CodeBlock.of(
                "$T.causal($L, $L, $L)", Names.ATTENTION, shape.heads(), shape.keyValueHeads(), shape.headDim());
        return shape.window().isPresent()
                ? CodeBlock.of("$L.window($L)", causal, shape.window().getAsInt())
                : causal;
    }

    private CodeBlock rotary() {
        return shape.rope()
                .scaling()
                .map(s -> CodeBlock.of(
                        "new $1T($2L, $3L, new $1T.Scaling.Llama3($4L, $5L, $6L, $7L))",
                        Names.ROTARY,
                        shape.headDim(),
                        shape.rope().theta(),
                        s.factor(),
                        s.lowFrequency(),
                        s.highFrequency(),
                        s.originalPositions()))
                .orElse(CodeBlock.of(
                        "$T.of($L, $L)",
                        Names.ROTARY,
                        shape.headDim(),
                        shape.rope().theta()));
    }

    private MethodSpec constructor() {
        return MethodSpec.constructorBuilder()
                .addJavadoc(
                        "The frozen weights are views behind {@code weights}; the registered parameters are the leaves.\n")
                .addModifiers(Modifier.PUBLIC)
                .addParameter(Names.WEIGHTS, "weights")
                .addParameter(Names.LEAVES, "leaves")
                .addStatement("this.weights = weights")
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
                .addCode(
                        "$T attended = pass.ops().add(hidden, $L(pass, layer, hidden)); // [T, $L]\n",
                        Names.NDARRAY,
                        structure.attention().method(),
                        shape.hiddenSize())
                .addCode(
                        "return pass.ops().add(attended, $L(pass, layer, attended)); // [T, $L]\n",
                        structure.feedForward().method(),
                        shape.hiddenSize())
                .build();
    }

    private MethodSpec finalNorm() {
        return override("finalNorm")
                .returns(Names.NDARRAY)
                .addParameter(Names.PASS, "pass")
                .addParameter(Names.NDARRAY, "hidden")
                .addCode(
                        "return pass.ops().rmsNorm(hidden, weights.get($S), NORM_EPS); // [T, $L]\n",
                        architecture.finalNorm(),
                        shape.hiddenSize())
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
                        "Token ids [B, S] and, if some rows are padded on the right, their mask [B, S], to logits [B, S, $L].\n",
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
                .addStatement("return new $T[] {inputs[0].add($L)}", Names.SHAPE, shape.vocabulary())
                .build();
    }

    private static MethodSpec.Builder override(String name) {
        return MethodSpec.methodBuilder(name).addAnnotation(Override.class).addModifiers(Modifier.PUBLIC);
    }
}
