package dev.graft.runtime.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Plain text as consecutive windows, in each of which every token after the first is predicted; an encoder reads the first
 * half, or as much as its length allows where source and target have lengths of their own, and the rest and an eos token
 * are predicted. Several files are one text, with an eos token between two of them. A file is tokenized as a whole.
 */
final class TextSource {
    private final Tokenizer tokenizer;
    private final DataSpec spec;
    private final Limits limits;
    private final int length;

    TextSource(Tokenizer tokenizer, DataSpec spec, Limits limits) {
        this.tokenizer = tokenizer;
        this.spec = spec;
        this.limits = limits;
        // Where the target has a length of its own, the eos behind it is one of its tokens.
        this.length = limits.target().isPresent() ? limits.length() - 1 : limits.length();
    }

    void read(List<Path> files, ExampleCollector collector) {
        int[] ids = tokens(files);
        DataProblems problems = new DataProblems(files.get(0));
        if (ids.length < 2) {
            throw problems.fatal(
                    0, "it has only " + ids.length + " token; a window needs at least 2", "give a longer text");
        }
        int windows = spec.first() == 0 ? Integer.MAX_VALUE : spec.first();
        // A last window of one token has nothing to predict.
        for (int start = 0; start + 1 < ids.length && collector.size() < windows; start += length) {
            collector.addWindow(window(ids, start, Math.min(ids.length, start + length)), problems);
            problems.throwIfAny();
        }
    }

    private Example window(int[] ids, int start, int end) {
        OptionalInt decoderStart = tokenizer.special().decoderStart();
        if (decoderStart.isEmpty()) {
            return new Example(Arrays.copyOfRange(ids, start, end), 1);
        }
        int middle = start + source(end - start);
        int[] target = Arrays.copyOfRange(ids, middle, end + 1);
        target[end - middle] = tokenizer.requireEos("which ends what an encoder-decoder writes");
        return Example.of(Arrays.copyOfRange(ids, start, middle), decoderStart.getAsInt(), target);
    }

    /** Tokens of a window that an encoder reads; the last window is split as the others are. */
    private int source(int window) {
        return limits.target().isEmpty()
                ? window / 2
                : Math.max(1, (int) ((long) window * limits.sourceBeside(0) / length));
    }

    private int[] tokens(List<Path> files) {
        List<int[]> parts = new ArrayList<>();
        for (Path file : files) {
            if (!parts.isEmpty()) {
                parts.add(new int[] {tokenizer.requireEos("which separates two files")});
            }
            parts.add(tokenizer.encode(DataFile.read(file).text(), false));
        }
        return Stream.of(parts.toArray(int[][]::new))
                .flatMapToInt(Arrays::stream)
                .toArray();
    }
}
