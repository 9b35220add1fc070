package dev.graft.catalog;

import dev.graft.dsl.Stack;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The indexes of layers and experts in the tensor names of an architecture. */
final class TensorNames {
    static final String EXPERTS = ".experts.";

    private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");
    private static final String LAYER = "{layer}";
    private static final String EXPERT = Architecture.MoeNames.EXPERT;

    private final Architecture architecture;

    TensorNames(Architecture architecture) {
        this.architecture = architecture;
    }

    /** The prefix of a stack's layers. */
    String template(Stack stack) {
        return stack == Stack.ENCODER ? architecture.encoder().orElseThrow().layer() : architecture.layer();
    }

    /** The layer that a name belongs to, of whichever stack. */
    Optional<Integer> layerOf(String name) {
        return architecture.stacks().stream()
                .flatMap(stack -> layerOf(name, stack).stream())
                .findFirst();
    }

    /** The same of one stack. */
    Optional<Integer> layerOf(String name, Stack stack) {
        String template = template(stack);
        int at = template.indexOf(LAYER);
        if (!name.startsWith(template.substring(0, at))) {
            return Optional.empty();
        }
        int end = name.indexOf('.', at);
        String index = end < 0 ? "" : name.substring(at, end);
        return INDEX.matcher(index).matches() ? Optional.of(Integer.parseInt(index)) : Optional.empty();
    }

    /** The name with {@code {layer}} and {@code {e}} for its indexes. */
    String pattern(String name) {
        String folded = name;
        for (Stack stack : architecture.stacks()) {
            int at = template(stack).indexOf(LAYER);
            if (layerOf(name, stack).isPresent()) {
                folded = name.substring(0, at) + LAYER + name.substring(name.indexOf('.', at));
            }
        }
        String inLayer = folded;
        return expertOf(inLayer)
                .map(expert -> inLayer.replace(EXPERTS + expert + ".", EXPERTS + EXPERT + "."))
                .orElse(inLayer);
    }

    /** The expert that a name belongs to. */
    static Optional<Integer> expertOf(String name) {
        int at = name.indexOf(EXPERTS) + EXPERTS.length();
        int end = name.indexOf('.', at);
        String index = at < EXPERTS.length() || end < 0 ? "" : name.substring(at, end);
        return INDEX.matcher(index).matches() ? Optional.of(Integer.parseInt(index)) : Optional.empty();
    }

    /** The different patterns of names. */
    Set<String> patterns(Set<String> names) {
        return names.stream().map(this::pattern).collect(Collectors.toCollection(TreeSet::new));
    }
}
