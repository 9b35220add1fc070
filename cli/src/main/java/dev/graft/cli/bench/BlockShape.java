package dev.graft.cli.bench;

import java.util.List;

/**
 * A mixture-of-experts block to measure, its pretrained weights frozen.
 *
 * @param name in the output
 * @param tokens of the batch
 * @param hidden d
 * @param inner an expert's F
 * @param experts true ones
 * @param nulls null experts behind them
 * @param topK of all of them
 * @param lora rank of the LoRA on every projection of every expert; 0 for none
 * @param beside rank of PERFT-E's adapters, one an expert; 0 for none
 */
public record BlockShape(
        String name, int tokens, int hidden, int inner, int experts, int nulls, int topK, int lora, int beside) {

    private static final BlockShape SMALL = new BlockShape("16 experts, top-4", 2048, 512, 512, 16, 0, 4, 0, 0);
    private static final BlockShape LARGE = new BlockShape("64 experts, top-8", 2048, 2048, 1024, 64, 0, 8, 0, 0);

    /**
     * An OLMoE-shaped block (d = F = 512, 2,048 tokens) as it is, with LoRA r 8 on its experts, with top-2, and with as
     * many null experts and top-3.
     */
    public static List<BlockShape> small() {
        return List.of(
                SMALL,
                new BlockShape(SMALL.name + ", LoRA r 8", 2048, 512, 512, 16, 0, 4, 8, 0),
                new BlockShape("16 experts, top-2", 2048, 512, 512, 16, 0, 2, 0, 0),
                new BlockShape("16 experts, 16 nulls, top-3", 2048, 512, 512, 16, 16, 3, 0, 0));
    }

    /** A block of OLMoE-1B-7B's size (d 2048, F 1024, 2,048 tokens) as it is, and with PERFT-E r 4 beside it. */
    public static List<BlockShape> large() {
        return List.of(LARGE, new BlockShape(LARGE.name + ", PERFT-E r 4", 2048, 2048, 1024, 64, 0, 8, 0, 4));
    }

    /** The same for another number of tokens. */
    public BlockShape tokens(int count) {
        return new BlockShape(name, count, hidden, inner, experts, nulls, topK, lora, beside);
    }
}
