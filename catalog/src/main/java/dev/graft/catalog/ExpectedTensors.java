package dev.graft.catalog;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The tensors that a model of these dimensions has, by name. */
final class ExpectedTensors {
    private static final String EXPERT = Architecture.MoeNames.EXPERT;
    private static final String WEIGHT = ".weight";

    private final Architecture architecture;
    private final ModelShape shape;
    private final Map<String, Expected> expected = new LinkedHashMap<>();

    ExpectedTensors(Architecture architecture, ModelShape shape) {
        this.architecture = architecture;
        this.shape = shape;
    }

    /** In the order of the model. */
    Map<String, Expected> all() {
        if (expected.isEmpty()) {
            expectAll();
        }
        return expected;
    }

    private void expectAll() {
        Architecture.ConfigKeys keys = architecture.config();
        String table = keys.vocabulary() + ", " + keys.hiddenSize();
        expect(architecture.embedding(), table, shape.vocabulary(), shape.hiddenSize());
        expect(architecture.finalNorm(), keys.hiddenSize(), shape.hiddenSize());
        if (!shape.tiedHead()) {
            expect(architecture.head(), table, shape.vocabulary(), shape.hiddenSize());
        }
        architecture.encoder().ifPresent(this::expectEncoder);
        Map<BlockKind, Map<Role, String>> meanings = new EnumMap<>(BlockKind.class);
        for (BlockKind kind : BlockKind.values()) {
            meanings.put(kind, ShapeReader.meaning(architecture, kind));
        }
        for (Stack stack : architecture.stacks()) {
            architecture.blocks(stack).forEach((kind, block) -> {
                for (int layer : shape.layersWith(stack, kind)) {
                    String prefix = architecture.layerPrefix(stack, layer) + ".";
                    if (kind == BlockKind.MOE) {
                        expectMoe(architecture.moe().orElseThrow(), prefix, meanings);
                    } else {
                        expectDense(kind, block, prefix, meanings);
                    }
                }
            });
        }
    }

    private void expectEncoder(Architecture.EncoderNames names) {
        Architecture.ConfigKeys keys = architecture.config();
        expect(names.finalNorm(), keys.hiddenSize(), shape.hiddenSize());
        String table = names.config().buckets() + ", " + keys.heads();
        int buckets = shape.encoder().orElseThrow().buckets();
        for (Stack stack : architecture.stacks()) {
            String bias = architecture.layerPrefix(stack, 0) + "." + names.relativeBias();
            expect(bias, table, buckets, shape.heads());
        }
    }

    private void expectDense(
            BlockKind kind, Architecture.BlockNames block, String prefix, Map<BlockKind, Map<Role, String>> meanings) {
        expect(prefix + block.norm(), architecture.config().hiddenSize(), shape.hiddenSize());
        block.projections().forEach((role, module) -> {
            String source = meaning(meanings, kind, role);
            expect(prefix + module + WEIGHT, source, shape.out(kind, role), shape.in(kind, role));
            if (shape.biased().contains(role)) {
                expect(prefix + module + ".bias", source.split(", ", -1)[0], shape.out(kind, role));
            }
        });
        block.outputNorms()
                .forEach((role, norm) ->
                        expect(prefix + norm, meaning(meanings, kind, role).split(", ", -1)[0], shape.out(kind, role)));
    }

    private void expectMoe(Architecture.MoeNames block, String prefix, Map<BlockKind, Map<Role, String>> meanings) {
        ModelShape.Moe moe = shape.experts();
        int hidden = shape.hiddenSize();
        expect(prefix + block.norm(), architecture.config().hiddenSize(), hidden);
        String rows = meaning(meanings, BlockKind.MOE, Role.ROUTER);
        expect(prefix + block.router() + WEIGHT, rows, moe.experts() + (moe.nullsApart() ? 0 : moe.nulls()), hidden);
        if (moe.nullsApart()) {
            String nulls = meaning(meanings, BlockKind.MOE, Role.NULL_ROUTER);
            expect(prefix + block.nullRouter() + WEIGHT, nulls, moe.nulls(), hidden);
        }
        block.projections().forEach((role, module) -> {
            String source = meaning(meanings, BlockKind.MOE, role);
            long out = shape.out(BlockKind.MOE, role);
            long in = shape.in(BlockKind.MOE, role);
            for (int expert = 0; expert < moe.experts(); expert++) {
                expect(prefix + module.replace(EXPERT, Integer.toString(expert)) + WEIGHT, source, out, in);
            }
        });
        block.shared().ifPresent(shared -> expectShared(shared, prefix));
    }

    private void expectShared(Architecture.SharedExpert shared, String prefix) {
        int hidden = shape.hiddenSize();
        int size = shape.experts().sharedSize().orElseThrow();
        String hiddenKey = architecture.config().hiddenSize();
        expect(prefix + shared.gate() + WEIGHT, "1, " + hiddenKey, 1, hidden);
        shared.projections().forEach((role, module) -> {
            if (role == Role.DOWN) {
                expect(prefix + module + WEIGHT, hiddenKey + ", " + shared.size(), hidden, size);
            } else {
                expect(prefix + module + WEIGHT, shared.size() + ", " + hiddenKey, size, hidden);
            }
        });
    }

    private static String meaning(Map<BlockKind, Map<Role, String>> meanings, BlockKind kind, Role role) {
        return Objects.requireNonNull(Objects.requireNonNull(meanings.get(kind)).get(role));
    }

    private void expect(String name, String source, long... dimensions) {
        List<Long> list = new ArrayList<>();
        for (long dimension : dimensions) {
            list.add(dimension);
        }
        expected.put(name, new Expected(list, source));
    }

    /** @param source the config keys that the shape comes from */
    record Expected(List<Long> shape, String source) {}
}
