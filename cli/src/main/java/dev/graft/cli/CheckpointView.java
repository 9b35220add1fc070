package dev.graft.cli;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.Catalog;
import dev.graft.catalog.ModelShape;
import dev.graft.catalog.ShapeReader;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What {@code graft inspect} shows of a checkpoint, known architecture or not.
 *
 * @param shape empty where the architecture is unknown or the configuration and the tensors disagree
 * @param issues why, and what else is odd
 */
record CheckpointView(
        String folder,
        String modelType,
        Optional<ModelShape> shape,
        String dtype,
        long parameters,
        long bytes,
        int shards,
        boolean tokenizer,
        String headersHash,
        List<TensorTable.Row> tensors,
        List<Issue> issues) {

    static CheckpointView of(Checkpoint checkpoint) {
        Issues issues = new Issues();
        checkpoint.warnings().forEach(issues::add);
        Optional<ModelShape> shape =
                architecture(checkpoint, issues).flatMap(known -> ShapeReader.read(known, checkpoint, issues));
        var tensors = checkpoint.tensors().values();
        return new CheckpointView(
                checkpoint.folder().toString(),
                checkpoint.config().modelType(),
                shape,
                String.join(
                        ", ",
                        tensors.stream()
                                .map(tensor -> tensor.dtype().name())
                                .distinct()
                                .sorted()
                                .toList()),
                tensors.stream().mapToLong(TensorInfo::elements).sum(),
                tensors.stream().mapToLong(TensorInfo::bytes).sum(),
                checkpoint.shards().size(),
                Files.exists(checkpoint.folder().resolve("tokenizer.json")),
                checkpoint.headersHash(),
                TensorTable.of(tensors),
                issues.all());
    }

    private static Optional<Architecture> architecture(Checkpoint checkpoint, Issues issues) {
        try {
            return Optional.of(
                    Catalog.standard().architecture(checkpoint.config().modelType()));
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
            return Optional.empty();
        }
    }

    String text() {
        List<String> lines = new ArrayList<>();
        lines.add(folder);
        lines.add("  model type: " + modelType);
        shape.ifPresent(known -> lines.addAll(dimensions(known)));
        lines.add(String.format(
                Locale.ROOT,
                "  parameters: %,d (%s), %,d bytes in %d %s",
                parameters,
                dtype,
                bytes,
                shards,
                shards == 1 ? "file" : "files"));
        lines.add("  tokenizer.json: " + (tokenizer ? "there" : "missing: needed for run, eval and generate"));
        lines.add("  headers: sha256 " + headersHash);
        lines.add("  tensors:");
        TensorTable.text(tensors).lines().forEach(line -> lines.add("    " + line));
        return String.join("\n", lines);
    }

    private static List<String> dimensions(ModelShape shape) {
        List<String> lines = new ArrayList<>();
        String encoder = shape.encoder().isPresent() ? shape.encoderLayers() + " encoder + " : "";
        lines.add("  layers: " + encoder + shape.layers() + ", hidden size " + shape.hiddenSize() + ", FFN "
                + shape.ffnSize());
        lines.add("  attention: " + shape.heads() + " heads of " + shape.headDim() + ", " + shape.keyValueHeads()
                + " of keys and values"
                + (shape.window().isPresent() ? ", window " + shape.window().getAsInt() : ""));
        lines.add("  vocabulary: " + shape.vocabulary() + (shape.tiedHead() ? ", head tied to the embedding" : ""));
        String limit = shape.positions().isPresent()
                ? Integer.toString(shape.positions().getAsInt())
                : "no limit";
        lines.add("  positions: " + limit
                + shape.rope().map(CheckpointView::rotary).orElse("")
                + shape.encoder()
                        .map(stack -> ", relative in " + stack.buckets() + " buckets")
                        .orElse(""));
        return lines;
    }

    private static String rotary(ModelShape.Rope rope) {
        return ", rotary base " + rope.theta()
                + rope.scaling()
                        .map(scaling -> ", stretched by " + scaling.factor())
                        .orElse("");
    }
}
