package dev.graft.cli;

import dev.graft.checkpoint.TensorInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Tensors summarised: those whose names differ only in their numbers, with one type and shape, are one row. */
final class TensorTable {
    private static final Pattern INDEX = Pattern.compile("(?<=\\.|^)[0-9]+(?=\\.|$)");

    private TensorTable() {}

    /**
     * @param name with {@code *} for each index
     * @param count tensors of this name
     * @param bytes of all of them
     */
    record Row(String name, String dtype, List<Long> shape, int count, long bytes) {}

    static List<Row> of(Collection<TensorInfo> tensors) {
        record Key(String name, String dtype, List<Long> shape) {}
        Map<Key, List<TensorInfo>> groups = new LinkedHashMap<>();
        for (TensorInfo tensor : tensors) {
            String name = INDEX.matcher(tensor.name()).replaceAll("*");
            groups.computeIfAbsent(new Key(name, tensor.dtype().name(), tensor.shape()), key -> new ArrayList<>())
                    .add(tensor);
        }
        List<Row> rows = new ArrayList<>();
        groups.forEach((key, members) -> rows.add(new Row(
                key.name(),
                key.dtype(),
                key.shape(),
                members.size(),
                members.stream().mapToLong(TensorInfo::bytes).sum())));
        return rows;
    }

    static String text(List<Row> rows) {
        TextTable table = new TextTable();
        rows.forEach(row ->
                table.row(row.name(), row.dtype(), row.shape().toString(), row.count() == 1 ? "" : "x " + row.count()));
        return table.toString();
    }
}
