package dev.graft.catalog;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.ModelConfig;
import dev.graft.checkpoint.RopeScaling;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Reads a model's dimensions from its {@code config.json} and holds them against the tensors: what the two say must
 * agree, and nothing may be there that Graft would not compute.
 */
public final class ShapeReader {
    /** config.json's key of a checkpoint whose routers Graft has widened. */
    public static final String NULL_EXPERTS = "graft_null_experts";

    private final Architecture architecture;
    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final Issues issues;

    private ShapeReader(Architecture architecture, Checkpoint checkpoint, Issues issues) {
        this.architecture = architecture;
        this.config = checkpoint.config();
        this.checkpoint = checkpoint;
        this.issues = issues;
    }

    /**
     * The dimensions, or empty after an error.
     *
     * @param issues receives {@code E_CONFIG}, {@code E_QUANTISED}, {@code E_FUSED}, {@code E_TENSOR_MISSING}, {@code
     *     E_TENSOR_UNKNOWN} and {@code W_TIED_HEAD}
     */
    public static Optional<ModelShape> read(Architecture architecture, Checkpoint checkpoint, Issues issues) {
        Optional<String> method = checkpoint.config().quantisation();
        if (method.isPresent()) {
            issues.add(Issue.error("E_QUANTISED", "config.json: the weights are quantised (" + method.get() + ")")
                    .withFix("use the checkpoint that was quantised; Graft reads F32, BF16 and F16 weights"));
            return Optional.empty();
        }
        Issues own = new Issues();
        ModelShape shape = new ShapeReader(architecture, checkpoint, own).shape();
        if (!own.hasErrors()) {
            new TensorCheck(architecture, shape, checkpoint, own).run();
        }
        own.all().forEach(issues::add);
        return own.hasErrors() ? Optional.empty() : Optional.of(shape);
    }

    private ModelShape shape() {
        Architecture.ConfigKeys keys = architecture.config();
        int hiddenSize = positive(keys.hiddenSize());
        int heads = positive(keys.heads());
        int keyValueHeads = ask(() -> config.positive(keys.keyValueHeads(), heads), heads);
        int headDim = headDim(hiddenSize, heads);
        int layers = architecture
                .encoder()
                .filter(names -> !config.has(keys.layers()))
                .map(names -> positive(names.config().layers()))
                .orElseGet(() -> positive(keys.layers()));
        if (heads % keyValueHeads != 0) {
            disagree(
                    keys.heads() + " " + heads + " is not a multiple of " + keys.keyValueHeads() + " " + keyValueHeads);
        }
        architecture.only().forEach(this::checkOnly);
        return new ModelShape(
                architecture.modelType(),
                layers,
                hiddenSize,
                heads,
                keyValueHeads,
                headDim,
                positive(keys.ffnSize()),
                positive(keys.vocabulary()),
                keys.positions().map(key -> OptionalInt.of(positive(key))).orElse(OptionalInt.empty()),
                normEps(keys.normEps()),
                tiedHead(),
                architecture.rotary() ? Optional.of(rope()) : Optional.empty(),
                activation(),
                architecture.window().map(window -> window(window, layers)).orElse(OptionalInt.empty()),
                biased(),
                architecture.moe().map(names -> moe(names, layers)),
                architecture.encoder().map(names -> encoder(names.config())));
    }

    private int headDim(int hiddenSize, int heads) {
        String key = architecture.config().headDim();
        boolean given = config.has(key);
        int headDim = given ? positive(key) : Math.max(1, hiddenSize / heads);
        if (!given && hiddenSize % heads != 0) {
            disagree("hidden_size " + hiddenSize + " is not a multiple of the " + heads + " heads, and " + key
                    + " is missing");
        }
        if (architecture.rotary() && headDim % 2 != 0) {
            disagree("heads of width " + headDim + " have no halves for the rotary embedding to rotate");
        }
        if ((long) heads * headDim > Integer.MAX_VALUE) {
            disagree(heads + " heads of width " + headDim + " are wider than 2^31");
            return 2;
        }
        return headDim;
    }

    private double normEps(String key) {
        double eps = ask(() -> config.decimal(key, 1e-6), 1e-6);
        if (!(eps > 0) || Double.isInfinite(eps)) {
            disagree(key + " must be above 0, found " + eps);
        }
        return eps;
    }

    private Architecture.Activation activation() {
        Map<String, Architecture.Activation> known = architecture.activations();
        String key = architecture.config().activation();
        String first = known.keySet().iterator().next();
        String said = ask(() -> config.text(key, first), first);
        Architecture.Activation activation = known.get(said);
        if (activation == null) {
            disagree(key + " is '" + said + "'; Graft computes " + first + " for " + architecture.modelType());
            return known.values().iterator().next();
        }
        return activation;
    }

    private ModelShape.Encoder encoder(Architecture.EncoderKeys keys) {
        int buckets = ask(() -> config.positive(keys.buckets(), 32), 32);
        if (buckets % 4 != 0) {
            disagree(keys.buckets() + " " + buckets + " must be a multiple of 4: half of a direction's are exact");
        }
        return new ModelShape.Encoder(
                positive(keys.layers()),
                buckets,
                ask(() -> config.positive(keys.maxDistance(), 128), 128),
                ask(() -> config.integer(keys.start(), 0), 0),
                ask(() -> config.flag("tie_word_embeddings", true), true));
    }

    private void checkOnly(String key, Object value) {
        Optional<?> found = ask(
                () -> value instanceof Boolean
                        ? config.optionalFlag(key)
                        : value instanceof Number ? config.optionalDecimal(key) : config.optionalText(key),
                Optional.empty());
        Object expected = value instanceof Number number ? number.doubleValue() : value;
        if (found.isPresent() && !found.get().equals(expected)) {
            disagree(key + " is " + found.get() + "; Graft computes " + expected + " for " + architecture.modelType());
        }
    }

    /** A missing key leaves it to the tensors; a head that is stored but tied is not used, as in transformers. */
    private boolean tiedHead() {
        Optional<Boolean> said = ask(() -> config.optionalFlag("tie_word_embeddings"), Optional.empty());
        boolean stored = checkpoint.find(architecture.head()).isPresent();
        if (architecture.encoder().isPresent()) {
            // T5's flag only decides whether outputs are scaled: checkpoints without a head are tied even where it is
            // false.
            return !stored;
        }
        boolean tied = said.orElse(!stored);
        if (!tied && !stored) {
            disagree("tie_word_embeddings is false, but the checkpoint has no " + architecture.head());
        }
        if (tied && stored) {
            issues.add(Issue.warning(
                    "W_TIED_HEAD",
                    architecture.head() + " is stored but not used: config.json ties the LM head to "
                            + architecture.embedding()));
        }
        return tied;
    }

    private ModelShape.Rope rope() {
        double theta = ask(() -> config.ropeTheta(10_000), 10_000.0);
        if (!(theta > 0) || Double.isInfinite(theta)) {
            disagree("rope_theta must be above 0, found " + theta);
        }
        RopeScaling scaling = ask(config::ropeScaling, new RopeScaling.None());
        if (scaling instanceof RopeScaling.Llama3 llama3) {
            return new ModelShape.Rope(
                    theta,
                    Optional.of(new ModelShape.Llama3Scaling(
                            llama3.factor(),
                            llama3.lowFrequencyFactor(),
                            llama3.highFrequencyFactor(),
                            llama3.originalMaxPositions())));
        }
        if (!(scaling instanceof RopeScaling.None)) {
            String type = scaling instanceof RopeScaling.Other other ? other.type() : "linear";
            disagree("rope scaling '" + type + "' is not supported; 'default' and 'llama3' are");
        }
        return new ModelShape.Rope(theta, Optional.empty());
    }

    private OptionalInt window(Architecture.WindowKeys keys, int layers) {
        Optional<Integer> size = ask(() -> config.optionalInteger(keys.size()), Optional.empty());
        boolean enabled = keys.enabledBy()
                .map(key -> ask(() -> config.flag(key, false), false))
                .orElse(true);
        if (!enabled || size.isEmpty()) {
            return OptionalInt.empty();
        }
        if (size.get() < 1) {
            disagree(keys.size() + " must be at least 1, found " + size.get());
        }
        int windowed = windowedLayers(keys, layers);
        if (windowed != 0 && windowed != layers) {
            disagree("a sliding window in only " + windowed + " of " + layers + " layers is not supported");
        }
        return windowed == 0 ? OptionalInt.empty() : OptionalInt.of(size.get());
    }

    private int windowedLayers(Architecture.WindowKeys keys, int layers) {
        List<String> types = ask(() -> config.texts("layer_types"), List.of());
        if (!types.isEmpty()) {
            return (int) types.stream().filter("sliding_attention"::equals).count();
        }
        int full = keys.fullLayers()
                .map(key -> ask(() -> config.integer(key, 0), 0))
                .orElse(0);
        return Math.max(0, layers - Math.max(0, full));
    }

    private Set<Role> biased() {
        Set<Role> roles = new TreeSet<>();
        for (Architecture.BlockNames block : architecture.blocks(Stack.DECODER).values()) {
            roles.addAll(block.biased());
            if (block.biasedWhen()
                    .map(key -> ask(() -> config.flag(key, false), false))
                    .orElse(false)) {
                roles.addAll(block.projections().keySet());
            }
        }
        return roles;
    }

    private ModelShape.Moe moe(Architecture.MoeNames names, int layers) {
        Architecture.MoeKeys keys = names.config();
        int topK = positive(keys.topK());
        int experts = ask(() -> config.positive(keys.experts()), topK);
        int nulls = ask(() -> config.integer(NULL_EXPERTS, 0), 0);
        if (nulls < 0) {
            disagree(NULL_EXPERTS + " must not be negative, found " + nulls);
        }
        if (topK > experts + Math.max(0, nulls)) {
            disagree(keys.topK() + " " + topK + " is more than the " + experts + " experts of " + keys.experts()
                    + (nulls > 0 ? " and " + nulls + " null ones" : ""));
        }
        double coefficient = ask(
                () -> config.decimal(keys.balanceCoefficient(), keys.defaultBalanceCoefficient()),
                keys.defaultBalanceCoefficient());
        Set<Integer> sparse = sparseLayers(keys, layers);
        String prefix = architecture.layerPrefix(
                Stack.DECODER, sparse.isEmpty() ? 0 : sparse.iterator().next());
        return new ModelShape.Moe(
                experts,
                Math.max(0, nulls),
                checkpoint.find(prefix + "." + names.nullRouter() + ".weight").isPresent(),
                topK,
                positive(keys.expertSize()),
                names.shared()
                        .map(shared -> OptionalInt.of(positive(shared.size())))
                        .orElse(OptionalInt.empty()),
                keys.normalised()
                        .map(key -> ask(() -> config.flag(key, keys.normalisedByDefault()), true))
                        .orElse(keys.normalisedByDefault()),
                coefficient,
                sparse);
    }

    /** As HF's Qwen2MoeDecoderLayer decides it. */
    private Set<Integer> sparseLayers(Architecture.MoeKeys keys, int layers) {
        int step = keys.sparseStep()
                .map(key -> ask(() -> config.positive(key, 1), 1))
                .orElse(1);
        List<Integer> dense = keys.denseLayers()
                .filter(config::has)
                .map(key -> ask(() -> config.integers(key), List.<Integer>of()))
                .orElse(List.of());
        Set<Integer> sparse = new TreeSet<>();
        for (int layer = 0; layer < layers; layer++) {
            if ((layer + 1) % step == 0 && !dense.contains(layer)) {
                sparse.add(layer);
            }
        }
        if (sparse.isEmpty()) {
            disagree("no layer has a MoE block: "
                    + String.join(
                            ", ",
                            keys.sparseStep().orElse(""),
                            keys.denseLayers().orElse("")));
        }
        return sparse;
    }

    private int positive(String key) {
        return ask(() -> config.positive(key), 1);
    }

    /** The value, or after an issue the placeholder, so that the other keys are looked at too. */
    private <T> T ask(Supplier<T> value, T placeholder) {
        try {
            return value.get();
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
            return placeholder;
        }
    }

    private void disagree(String message) {
        issues.add(Issue.error("E_CONFIG", "config.json: " + message));
    }

    /** Config keys behind the two dimensions of a role's weight in a block, for messages. */
    static Map<Role, String> meaning(Architecture architecture, BlockKind block) {
        Architecture.ConfigKeys keys = architecture.config();
        Optional<Architecture.MoeKeys> moe =
                architecture.moe().filter(names -> block == BlockKind.MOE).map(Architecture.MoeNames::config);
        String wide = keys.heads() + " x head width, " + keys.hiddenSize();
        String narrow = keys.keyValueHeads() + " x head width, " + keys.hiddenSize();
        String inner = moe.map(Architecture.MoeKeys::expertSize).orElse(keys.ffnSize());
        String up = inner + ", " + keys.hiddenSize();
        return Map.of(
                Role.Q, wide,
                Role.K, narrow,
                Role.V, narrow,
                Role.O, keys.hiddenSize() + ", " + keys.heads() + " x head width",
                Role.GATE, up,
                Role.UP, up,
                Role.DOWN, keys.hiddenSize() + ", " + inner,
                Role.ROUTER, moe.map(Architecture.MoeKeys::experts).orElse("") + ", " + keys.hiddenSize(),
                Role.NULL_ROUTER, NULL_EXPERTS + ", " + keys.hiddenSize());
    }
}
