package dev.graft.surgery.peft;

/** What PEFT calls the files and tensors of an adapter. */
final class PeftNames {
    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";

    /** Before every module: PEFT's wrapper and its tuner. */
    static final String PREFIX = "base_model.model.";

    /** [r, d]. */
    static final String A = ".lora_A.weight";

    /** [o, r]. */
    static final String B = ".lora_B.weight";

    /** [o, 1] on a module's output, [1, d] on its input. */
    static final String VECTOR = ".ia3_l";

    private PeftNames() {}
}
