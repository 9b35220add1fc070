package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What else a file may be that can't be safetensors. Asked only after the header was found impossible: the first bytes of
 * a pickle or a zip archive are also the length of a sound header of 640 or 19,280 bytes.
 */
final class ForeignFormat {
    private static final int PROTO = 0x80;
    private static final List<String> PICKLES = List.of(".bin", ".pt", ".pth", ".ckpt", ".pkl");

    private ForeignFormat() {}

    static Optional<Issue> of(Path file, ByteBuffer first) {
        byte[] start = new byte[Math.min(first.limit(), 24)];
        first.duplicate().position(0).get(start);
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (text.startsWith("PK")
                || (start.length > 1 && (start[0] & 0xFF) == PROTO && start[1] >= 2 && start[1] <= 5)) {
            return Optional.of(pickle(file));
        }
        if (text.startsWith("GGUF")) {
            return Optional.of(gguf(file));
        }
        if (text.startsWith("version https://git-lfs")) {
            return Optional.of(Issue.error("E_FORMAT", file + ": this is a Git LFS pointer, not the file itself")
                    .withFix("run 'git lfs pull' in the checkpoint's folder"));
        }
        return Optional.empty();
    }

    /** By the end of the name alone: nothing is opened. */
    static Optional<Issue> byName(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        if (PICKLES.stream().anyMatch(name::endsWith)) {
            return Optional.of(pickle(file));
        }
        return name.endsWith(".gguf") ? Optional.of(gguf(file)) : Optional.empty();
    }

    private static Issue pickle(Path file) {
        return Issue.error(
                        "E_PICKLE",
                        file
                                + ": this is a PyTorch pickle, which can run code when it is read; Graft reads safetensors only")
                .withFix("convert it with save_pretrained(..., safe_serialization=True), in a place that you trust");
    }

    private static Issue gguf(Path file) {
        return Issue.error("E_FORMAT", file + ": this is a GGUF file; Graft reads safetensors only")
                .withFix("use the model's original checkpoint from the Hugging Face hub");
    }
}
