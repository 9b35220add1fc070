package dev.graft.assertj;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Many dotted names in few lines: those that differ only in numbers are told once. */
final class NameList {
    private NameList() {}

    /** One indented line a pattern, such as {@code model.layers.*.self_attn.q_proj (30 times)}. */
    static String of(Collection<String> names) {
        Map<String, Long> folded = names.stream()
                .collect(Collectors.groupingBy(NameList::pattern, LinkedHashMap::new, Collectors.counting()));
        return folded.isEmpty()
                ? "  none"
                : folded.entrySet().stream()
                        .map(entry -> "  " + entry.getKey()
                                + (entry.getValue() == 1 ? "" : " (" + entry.getValue() + " times)"))
                        .collect(Collectors.joining("\n"));
    }

    static String pattern(String name) {
        return name.replaceAll("(?<=^|\\.)[0-9]+(?=\\.|$)", "*");
    }
}
