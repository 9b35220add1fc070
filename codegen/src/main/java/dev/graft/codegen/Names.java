package dev.graft.codegen;

import com.palantir.javapoet.ClassName;

/** The runtime's classes that generated source stands on, by name: codegen does not use the runtime itself. */
final class Names {
    private static final String ENGINE = "dev.graft.runtime.engine";
    private static final String MODEL = "dev.graft.runtime.model";
    private static final String TRAIN = "dev.graft.runtime.train";
    private static final String DSL = "dev.graft.dsl";

    static final ClassName OPS = ClassName.get(ENGINE, "Ops");
    static final ClassName ELEMENT_TYPE = ClassName.get(ENGINE, "ElementType");
    static final ClassName EXPERT_LORA = ClassName.get(ENGINE, "ExpertLora");
    static final ClassName EXPERT_WEIGHTS = ClassName.get(ENGINE, "ExpertWeights");
    static final ClassName LORA_HIDDEN = ClassName.get(ENGINE, "LoraHidden");
    static final ClassName GATES = ClassName.get(ENGINE, "Gates");
    static final ClassName ROTARY = ClassName.get(ENGINE, "Rotary");
    static final ClassName ATTENTION = ClassName.get(ENGINE, "Attention");
    static final ClassName RELATIVE_BIAS = ClassName.get(ENGINE, "RelativeBias");
    static final ClassName KEYS_VALUES = ClassName.get(ENGINE, "KeysValues");
    static final ClassName ACTIVATION = ClassName.get(ENGINE, "Activation");

    static final ClassName CAUSAL_MODEL = ClassName.get(MODEL, "CausalModel");
    static final ClassName ENCODER_DECODER_MODEL = ClassName.get(MODEL, "EncoderDecoderModel");
    static final ClassName LANGUAGE_MODEL = ClassName.get(MODEL, "LanguageModel");
    static final ClassName PASS = ClassName.get(MODEL, "Pass");
    static final ClassName WEIGHTS = ClassName.get(MODEL, "Weights");
    static final ClassName LEAVES = ClassName.get(MODEL, "Leaves");
    static final ClassName LAYOUT = ClassName.get(MODEL, "Layout");
    static final ClassName INIT = ClassName.get(MODEL, "Init");
    static final ClassName FORWARD = ClassName.get(MODEL, "Forward");

    static final ClassName TRAINING_RUN = ClassName.get(TRAIN, "TrainingRun");
    static final ClassName PASSES = ClassName.get(TRAIN, "Passes");
    static final ClassName PROGRAM = ClassName.get(TRAIN, "Program");
    static final ClassName PROGRAM_MAIN = ClassName.get(TRAIN, "ProgramMain");
    static final ClassName STEP = ClassName.get(TRAIN, "Step");
    static final ClassName EXAMPLE = ClassName.get("dev.graft.runtime.data", "Example");

    static final ClassName ROUTER = ClassName.get(DSL, "Router");
    static final ClassName GRAFT = ClassName.get(DSL, "Graft");
    static final ClassName NORMALISATION = ClassName.get(DSL, "Normalisation");
    static final ClassName MERGE = ClassName.get(DSL, "Merge");
    static final ClassName ROUTER_INPUT = ClassName.get(DSL, "RouterInput");
    static final ClassName SCALE_SOURCE = ClassName.get(DSL, "ScaleSource");
    static final ClassName NULL_EXPERTS = ClassName.get(DSL, "NullExperts");
    static final ClassName BALANCE = ClassName.get(DSL, "Balance");

    static final ClassName NDARRAY = ClassName.get("ai.djl.ndarray", "NDArray");
    static final ClassName NDLIST = ClassName.get("ai.djl.ndarray", "NDList");
    static final ClassName SHAPE = ClassName.get("ai.djl.ndarray.types", "Shape");
    static final ClassName ABSTRACT_BLOCK = ClassName.get("ai.djl.nn", "AbstractBlock");
    static final ClassName PARAMETER_STORE = ClassName.get("ai.djl.training", "ParameterStore");
    static final ClassName PAIR_LIST = ClassName.get("ai.djl.util", "PairList");

    private Names() {}
}
