package dev.graft.codegen;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import dev.graft.dsl.Training;
import dev.graft.surgery.InjectionPlan;
import java.util.List;
import javax.lang.model.element.Modifier;

/** The class of the training loop: the program that {@code graft run} and the generated jar start. */
final class TrainingClass {
    private final InjectionPlan plan;
    private final ClassName model;
    private final AnnotationSpec generated;

    TrainingClass(InjectionPlan plan, ClassName model, AnnotationSpec generated) {
        this.plan = plan;
        this.model = model;
        this.generated = generated;
    }

    TypeSpec type(ClassName name) {
        return TypeSpec.classBuilder(name)
                .addJavadoc(
                        "Trains {@link $T}: {@code java -jar $L.jar --base FOLDER --data FILE --out FOLDER}.\n",
                        model,
                        plan.surgery().name())
                .addAnnotation(generated)
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .addSuperinterface(Names.PROGRAM)
                .addField(constant(
                        ClassName.get(Training.class),
                        "TRAINING",
                        TrainingCode.of(plan.surgery().training())))
                .addMethod(main(name))
                .addMethod(value("modelHash", ClassName.get(String.class), "$S", plan.modelHash()))
                .addMethod(value("planHash", ClassName.get(String.class), "$S", plan.planHash()))
                .addMethod(value("training", ClassName.get(Training.class), "TRAINING"))
                .addMethod(value("layout", Names.LAYOUT, "$T.layout()", model))
                .addMethod(newModel())
                .addMethod(train())
                .addMethod(accumulate(name))
                .addMethod(loss())
                .build();
    }

    private static FieldSpec constant(TypeName type, String name, com.palantir.javapoet.CodeBlock value) {
        return FieldSpec.builder(type, name, Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                .initializer(value)
                .build();
    }

    private static MethodSpec main(ClassName name) {
        return MethodSpec.methodBuilder("main")
                .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addParameter(ArrayTypeName.of(String.class), "args")
                .addStatement("$T.exit($T.run(new $T(), args))", System.class, Names.PROGRAM_MAIN, name)
                .build();
    }

    private static MethodSpec value(String name, TypeName type, String format, Object... args) {
        return MethodSpec.methodBuilder(name)
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PUBLIC)
                .returns(type)
                .addStatement("return " + format, args)
                .build();
    }

    private MethodSpec newModel() {
        return MethodSpec.methodBuilder("newModel")
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PUBLIC)
                .returns(model)
                .addParameter(Names.WEIGHTS, "weights")
                .addParameter(Names.LEAVES, "leaves")
                .addStatement("return new $T(weights, leaves)", model)
                .build();
    }

    private static MethodSpec train() {
        return MethodSpec.methodBuilder("train")
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PUBLIC)
                .addParameter(Names.TRAINING_RUN, "run")
                .beginControlFlow("while (run.hasNext())")
                .addStatement("$T step = run.next()", Names.STEP)
                .beginControlFlow(
                        "for ($T examples : step.microBatches())",
                        ParameterizedTypeName.get(ClassName.get(List.class), Names.EXAMPLE))
                .addStatement("accumulate(run, step, examples)")
                .endControlFlow()
                .addStatement("run.update(step)")
                .endControlFlow()
                .build();
    }

    private static MethodSpec accumulate(ClassName name) {
        return MethodSpec.methodBuilder("accumulate")
                .addJavadoc("Adds the gradients of a micro-batch, whose parts run side by side.\n")
                .addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addParameter(Names.TRAINING_RUN, "run")
                .addParameter(Names.STEP, "step")
                .addParameter(ParameterizedTypeName.get(ClassName.get(List.class), Names.EXAMPLE), "examples")
                .beginControlFlow("try ($T passes = run.passes(step, examples))", Names.PASSES)
                .addStatement("passes.forward($T::loss)", name)
                .addStatement("run.backward(step, passes)")
                .endControlFlow()
                .build();
    }

    private static MethodSpec loss() {
        return MethodSpec.methodBuilder("loss")
                .addJavadoc("The loss of one pass; a sum over supervised tokens, divided in {@code update}.\n")
                .addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .returns(Names.NDARRAY)
                .addParameter(Names.LANGUAGE_MODEL, "model")
                .addParameter(Names.PASS, "pass")
                .addCode("$T hidden = $T.hidden(model, pass); // [T, d]\n", Names.NDARRAY, Names.FORWARD)
                .addStatement("return $T.loss(model, pass, hidden)", Names.FORWARD)
                .build();
    }
}
