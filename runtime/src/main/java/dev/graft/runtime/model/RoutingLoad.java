package dev.graft.runtime.model;

import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterStatistics;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * How much the routers let through, summed up over passes: per layer, group of sites, site and expert. Where a model has MoE
 * blocks, a mean is that of their own routers, whose load is what the blocks cost; routers of adapters are told apart.
 */
public final class RoutingLoad {
    private final Map<Place, Sums> sums = new LinkedHashMap<>();

    private record Place(int layer, String group) {}

    /** Adds what the routers of some passes decided; waits for the device, once. */
    public void add(Ops ops, List<Routing> routings) {
        List<Routing.Entry> entries =
                routings.stream().flatMap(routing -> routing.entries().stream()).toList();
        FloatBuffer host = FloatBuffer.wrap(ops.floats(entries.stream()
                .map(entry -> entry.decision().statistics())
                .flatMap(statistics ->
                        Stream.of(statistics.selected(), statistics.probabilities(), statistics.entropy()))
                .toList()));
        for (Routing.Entry entry : entries) {
            RouterStatistics statistics = entry.decision().statistics();
            sums.computeIfAbsent(new Place(entry.layer(), entry.group()), place -> Sums.of(statistics))
                    .add(statistics.rows(), host);
        }
    }

    /** Adds what other passes of the same model came to. */
    public void add(RoutingLoad other) {
        other.sums.forEach(
                (place, more) -> sums.computeIfAbsent(place, key -> new Sums(more.sites, more.experts, more.nulls))
                        .add(more));
    }

    /** True experts that a row selects, the mean over the MoE blocks or else over all routed sites; empty without routers. */
    public OptionalDouble mean() {
        boolean blocks = sums.keySet().stream().anyMatch(place -> Routing.isPretrained(place.group()));
        return sums.entrySet().stream()
                .filter(entry -> !blocks || Routing.isPretrained(entry.getKey().group()))
                .flatMap(entry -> entry.getValue().loads().stream())
                .mapToDouble(load -> load)
                .average();
    }

    /**
     * True experts that each token of a pass selects, the mean over its MoE blocks or else over its routed sites, or 0 in a stack without any; an
     * encoder's tokens first. Empty without routers.
     */
    public static List<Double> byToken(Pass pass) {
        if (pass.routing().entries().isEmpty()) {
            return List.of();
        }
        Stream<Double> read = pass.source() == null ? Stream.empty() : tokens(pass, pass.encoding());
        return Stream.concat(read, tokens(pass, pass)).toList();
    }

    private static Stream<Double> tokens(Pass pass, Pass stack) {
        boolean blocks = pass.routing().entries().stream().anyMatch(Routing.Entry::isPretrained);
        double[] sums = new double[stack.rows().tokens()];
        int decisions = 0;
        for (Routing.Entry entry : pass.routing().entries()) {
            if (entry.side() == stack.tokens().side() && (!blocks || entry.isPretrained())) {
                float[] loads = pass.ops().floats(entry.decision().load()); // [T, S], or [T·heads, S] routed by head
                int own = loads.length / sums.length;
                for (int i = 0; i < loads.length; i++) {
                    sums[i / own] += loads[i];
                }
                decisions += own;
            }
        }
        int all = Math.max(1, decisions);
        return Arrays.stream(sums).mapToObj(sum -> sum / all);
    }

    /** By layer. */
    public List<Layer> layers() {
        Map<Integer, List<Group>> groups = new LinkedHashMap<>();
        sums.forEach((place, group) -> groups.computeIfAbsent(place.layer(), layer -> new ArrayList<>())
                .add(new Group(
                        place.group(),
                        group.nulls,
                        group.loads(),
                        group.means(group.selected),
                        group.means(group.probabilities),
                        Arrays.stream(group.entropies)
                                .mapToObj(sum -> sum / group.rows)
                                .toList())));
        return groups.entrySet().stream()
                .map(layer -> new Layer(layer.getKey(), layer.getValue()))
                .toList();
    }

    /** The routed groups of a layer. */
    public record Layer(int layer, List<Group> groups) {
        public Layer {
            groups = List.copyOf(groups);
        }

        /** Of the layer's MoE block, or else the mean over its routed sites. */
        public double load() {
            boolean block = groups.stream().anyMatch(group -> Routing.isPretrained(group.group()));
            return groups.stream()
                    .filter(group -> !block || Routing.isPretrained(group.group()))
                    .flatMap(group -> group.load().stream())
                    .mapToDouble(load -> load)
                    .average()
                    .orElse(0);
        }
    }

    /**
     * The sites of a group, in its order.
     *
     * @param nulls how many of the experts are null ones
     * @param load true experts that a row selects, by site
     * @param share of the rows that select each expert, true ones first: by site, then by expert
     * @param probability the mean softmax probability of each expert: by site, then by expert
     * @param entropy the mean entropy of a row's softmax, in nats, by site
     */
    public record Group(
            String group,
            int nulls,
            List<Double> load,
            List<List<Double>> share,
            List<List<Double>> probability,
            List<Double> entropy) {
        public Group {
            load = List.copyOf(load);
            share = List.copyOf(share);
            probability = List.copyOf(probability);
            entropy = List.copyOf(entropy);
        }
    }

    /** Sums over rows, by site and expert. */
    private static final class Sums {
        private final int sites;
        private final int experts;
        private final int nulls;
        private final double[] selected;
        private final double[] probabilities;
        private final double[] entropies;
        private long rows;

        private static Sums of(RouterStatistics statistics) {
            int experts = Math.toIntExact(statistics.selected().getShape().get(1));
            return new Sums(statistics.sites(), experts, statistics.nulls());
        }

        private Sums(int sites, int experts, int nulls) {
            this.sites = sites;
            this.experts = experts;
            this.nulls = nulls;
            this.selected = new double[sites * experts];
            this.probabilities = new double[sites * experts];
            this.entropies = new double[sites];
        }

        /** @param host what {@link RouterStatistics} holds, behind each other */
        private void add(long more, FloatBuffer host) {
            rows += more;
            for (double[] to : all()) {
                for (int i = 0; i < to.length; i++) {
                    to[i] += host.get();
                }
            }
        }

        private void add(Sums other) {
            rows += other.rows;
            for (int s = 0; s < all().size(); s++) {
                double[] to = all().get(s);
                for (int i = 0; i < to.length; i++) {
                    to[i] += other.all().get(s)[i];
                }
            }
        }

        private List<double[]> all() {
            return List.of(selected, probabilities, entropies);
        }

        private List<Double> loads() {
            List<Double> loads = new ArrayList<>();
            for (int site = 0; site < sites; site++) {
                double sum = 0;
                for (int expert = 0; expert < experts - nulls; expert++) {
                    sum += selected[site * experts + expert];
                }
                loads.add(sum / rows);
            }
            return loads;
        }

        private List<List<Double>> means(double[] values) {
            List<List<Double>> bySite = new ArrayList<>();
            for (int site = 0; site < sites; site++) {
                List<Double> byExpert = new ArrayList<>();
                for (int expert = 0; expert < experts; expert++) {
                    byExpert.add(values[site * experts + expert] / rows);
                }
                bySite.add(List.copyOf(byExpert));
            }
            return bySite;
        }
    }
}
