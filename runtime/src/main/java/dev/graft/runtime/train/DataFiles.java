package dev.graft.runtime.train;

import dev.graft.runtime.data.DataSpec;
import java.nio.file.Path;
import java.util.List;

/** Data files and how they are read. */
public record DataFiles(DataSpec spec, List<Path> files) {
    public DataFiles {
        files = List.copyOf(files);
    }

    /** Files of one kind, told from the first one's name. */
    public static DataFiles of(Path first, Path... more) {
        return new DataFiles(
                DataSpec.of(first),
                java.util.stream.Stream.concat(java.util.stream.Stream.of(first), java.util.Arrays.stream(more))
                        .toList());
    }
}
