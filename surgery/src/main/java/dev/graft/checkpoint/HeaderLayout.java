package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Holds a header's entries against each other and the file: every data byte belongs to exactly one tensor. */
final class HeaderLayout {
    private final Path file;
    private final BoundedIssues issues;

    private HeaderLayout(Path file) {
        this.file = file;
        this.issues = new BoundedIssues(file.toString());
    }

    /**
     * @param have bytes of data in the file
     * @return the tensors in the order of their data
     */
    static List<TensorInfo> check(Path file, List<HeaderEntry> entries, long dataStart, long have) {
        HeaderLayout layout = new HeaderLayout(file);
        List<HeaderEntry> ordered = new ArrayList<>(entries);
        ordered.sort(Comparator.comparingLong(HeaderEntry::begin).thenComparingLong(HeaderEntry::end));
        List<TensorInfo> tensors = new ArrayList<>(ordered.size());
        for (HeaderEntry entry : ordered) {
            layout.checkSize(entry);
            tensors.add(new TensorInfo(
                    entry.name(),
                    entry.dtype(),
                    entry.shape(),
                    file,
                    dataStart + entry.begin(),
                    entry.end() - entry.begin()));
        }
        layout.checkCover(ordered, have);
        layout.issues.throwIfAny();
        return tensors;
    }

    private void checkSize(HeaderEntry entry) {
        long bits;
        try {
            bits = Math.multiplyExact(
                    product(entry.shape()), (long) entry.dtype().bits());
        } catch (ArithmeticException e) {
            error("E_OVERFLOW", entry, "is larger than 2^63 - 1 bits");
            return;
        }
        if (bits % Byte.SIZE != 0) {
            error("E_SUBBYTE", entry, "has " + bits + " bits, which is not a whole number of bytes");
            return;
        }
        long bytes = bits / Byte.SIZE;
        if (entry.end() < entry.begin() || entry.end() - entry.begin() != bytes) {
            error("E_SIZE", entry, "needs " + bytes + " bytes, its data_offsets are " + range(entry));
        }
    }

    private static long product(List<Long> shape) {
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    private void checkCover(List<HeaderEntry> ordered, long have) {
        long end = 0;
        String last = "";
        for (HeaderEntry entry : ordered) {
            if (entry.begin() < end) {
                error(
                        "E_OVERLAP",
                        entry,
                        range(entry) + " overlaps " + Excerpt.quoted(last) + ", which ends at " + end);
            } else if (entry.begin() > end) {
                error(
                        "E_HOLE",
                        entry,
                        "starts at " + entry.begin() + ": the bytes [" + end + ", " + entry.begin()
                                + ") of the data belong to no tensor");
            }
            if (entry.end() > end) {
                end = entry.end();
                last = entry.name();
            }
        }
        if (have < end) {
            issues.add(Issue.error(
                            "E_TRUNCATED",
                            file + ": the tensors need " + end + " bytes of data, the file has " + have
                                    + "; the first that is cut is " + Excerpt.quoted(firstCut(ordered, have)))
                    .withFix("the copy or the download did not finish; fetch the file again"));
        } else if (have > end) {
            issues.add(Issue.error(
                    "E_TRAILING",
                    file + ": " + (have - end) + " bytes after the last tensor belong to no tensor (data bytes " + end
                            + " to " + have + ")"));
        }
    }

    private static String firstCut(List<HeaderEntry> ordered, long have) {
        return ordered.stream()
                .filter(entry -> entry.end() > have)
                .findFirst()
                .map(HeaderEntry::name)
                .orElse("");
    }

    private static String range(HeaderEntry entry) {
        return "[" + entry.begin() + ", " + entry.end() + ")";
    }

    private void error(String code, HeaderEntry entry, String problem) {
        issues.add(Issue.error(
                code,
                file + ": tensor " + Excerpt.quoted(entry.name()) + " " + entry.dtype() + " " + entry.shape() + " "
                        + problem));
    }
}
