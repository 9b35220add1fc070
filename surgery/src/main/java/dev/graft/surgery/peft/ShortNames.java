package dev.graft.surgery.peft;

import dev.graft.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Names of modules as a person would write them for PEFT: the last part alone ({@code q_proj}) where it means the same
 * modules of the base, else the whole name.
 */
final class ShortNames {
    private static final String WEIGHT = ".weight";

    /** The adapted modules by the last part of their names. */
    private final Map<String, List<String>> modules;

    private final Set<String> ambiguous;

    ShortNames(Checkpoint base, Set<String> adapted) {
        this.modules = adapted.stream()
                .collect(Collectors.groupingBy(ShortNames::last, LinkedHashMap::new, Collectors.toList()));
        this.ambiguous = new TreeSet<>();
        for (String tensor : base.tensors().keySet()) {
            if (tensor.endsWith(WEIGHT)) {
                String module = tensor.substring(0, tensor.length() - WEIGHT.length());
                if (!adapted.contains(module)) {
                    ambiguous.add(last(module));
                }
            }
        }
    }

    private ShortNames(Map<String, List<String>> modules, Set<String> ambiguous) {
        this.modules = modules;
        this.ambiguous = ambiguous;
    }

    private static String last(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }

    /** The same without short names that stand for modules on both sides. */
    ShortNames apart(Predicate<String> side) {
        Set<String> mixed = new TreeSet<>(ambiguous);
        modules.forEach((last, own) -> {
            if (own.stream().anyMatch(side) && !own.stream().allMatch(side)) {
                mixed.add(last);
            }
        });
        return new ShortNames(modules, mixed);
    }

    /** Names for the adapted modules among these. */
    List<String> all(Predicate<String> among) {
        List<String> names = new ArrayList<>();
        modules.forEach((last, own) -> {
            List<String> chosen = own.stream().filter(among).toList();
            if (!chosen.isEmpty() && !ambiguous.contains(last)) {
                names.add(last);
            } else {
                names.addAll(chosen);
            }
        });
        return names;
    }

    /** The adapted modules whose number is not the usual one; the last part alone where all that have it agree. */
    Map<String, Double> exceptions(Map<String, Double> numbers, double usual) {
        Map<String, Double> exceptions = new LinkedHashMap<>();
        modules.forEach((last, own) -> {
            Function<String, Double> number = numbers::get;
            boolean same = own.stream().map(number).distinct().count() == 1;
            if (same) {
                exceptions.put(last, numbers.get(own.get(0)));
            } else {
                own.forEach(module -> exceptions.put(module, numbers.get(module)));
            }
        });
        exceptions.values().removeIf(number -> number == usual);
        return exceptions;
    }
}
