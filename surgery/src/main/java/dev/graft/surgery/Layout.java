package dev.graft.surgery;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.surgery.Leaf.Init;
import dev.graft.surgery.Leaf.Kind;
import dev.graft.surgery.Leaf.Piece;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Lays the trainable tensors out: sites that share an input share leaves, leaves follow each other in one buffer. */
final class Layout {
    /** Deviation of a router's or an A's normal start. */
    private static final double NORMAL = 0.02;

    private static final double NEAR_ZERO = 1e-6;

    private final ModelShape shape;
    private long offset;

    private Layout(ModelShape shape) {
        this.shape = shape;
    }

    /** @param sites in the order of stack, layer, block and role */
    static List<SiteGroup> of(List<Site> sites, ModelShape shape) {
        Map<Sharing, List<Site>> groups = new LinkedHashMap<>();
        for (Site site : sites) {
            groups.computeIfAbsent(Sharing.of(site), key -> new ArrayList<>()).add(site);
        }
        Layout layout = new Layout(shape);
        return groups.values().stream().map(layout::group).toList();
    }

    private SiteGroup group(List<Site> sites) {
        Site first = sites.get(0);
        String block = first.key().block() == BlockKind.CROSS_ATTENTION ? "cross_" : "";
        String name = block
                + sites.stream().map(site -> Words.role(site.key().role())).collect(Collectors.joining("_"));
        int layer = shape.number(first.key().stack(), first.key().layer());
        String prefix = "layer" + layer + "_";
        Form form = Form.of(first.experts().adapter());
        boolean together = form == Form.LORA
                && first.router().filter(Layout::readsWhatAReads).isPresent();
        Optional<Leaf> router = first.router()
                .filter(value -> value.hasRows() && !together)
                .map(value -> leaf(prefix + name + "_router", Kind.ROUTER, pieces(sites, List.of(this::router))));
        Optional<Leaf> stacked = form == Form.VECTORS
                ? Optional.empty()
                : Optional.of(
                        together
                                ? leaf(
                                        prefix + name + "_routed_lora_A",
                                        Kind.ROUTED_LORA_A,
                                        pieces(sites, List.of(Layout::first, this::router)))
                                : leaf(
                                        prefix + name + form.firstEnding,
                                        form.first,
                                        pieces(sites, List.of(Layout::first))));
        List<Leaf> own = new ArrayList<>();
        for (Site site : sites) {
            own.add(leaf(
                    prefix + block + Words.role(site.key().role()) + form.secondEnding,
                    form.second,
                    List.of(form == Form.VECTORS ? vectors(site) : second(site))));
        }
        return new SiteGroup(name, layer, sites, router, stacked, own);
    }

    /** Whether A and the router's rows can be one factor of x: the gates are of its own logits for the same tokens. */
    private static boolean readsWhatAReads(Router router) {
        return router.hasRows()
                && router.input() == RouterInput.MODULE_INPUT
                && router.scale() == ScaleSource.OWN_ROUTER;
    }

    /** One after the other, each of all sites. */
    private static List<Piece> pieces(List<Site> sites, List<Function<Site, Piece>> kinds) {
        return kinds.stream().flatMap(kind -> sites.stream().map(kind)).toList();
    }

    private Leaf leaf(String name, Kind kind, List<Piece> pieces) {
        List<Long> dimensions = pieces.get(0).shape();
        long width = dimensions.get(dimensions.size() - 1);
        long elements = pieces.stream().mapToLong(Piece::elements).reduce(0, Math::addExact);
        Leaf leaf = new Leaf(name, kind, List.of(elements / width, width), offset, pieces);
        offset = Math.addExact(offset, elements);
        return leaf;
    }

    private Piece router(Site site) {
        long width = routerWidth(site, shape);
        Init init = site.router().orElseThrow().init() == RouterInit.NORMAL
                ? new Init.Normal(NORMAL)
                : new Init.Uniform(1 / Math.sqrt((double) width));
        return new Piece(site.module() + ".router", List.of((long) site.routerRows(), width), init);
    }

    /** The first factor: LoRA's A or a parallel adapter's W1, [n, r, d]. */
    private static Piece first(Site site) {
        Form form = Form.of(site.experts().adapter());
        Init init = switch (start(site)) {
            case NORMAL -> new Init.Normal(NORMAL);
            case KAIMING_UNIFORM -> new Init.Uniform(1 / Math.sqrt(site.in()));
            case NEAR_ZERO -> new Init.Normal(Math.sqrt(2.0 / rank(site)));
        };
        return new Piece(site.module() + form.firstTensor, shape(site, site.in()), init);
    }

    /** The second factor: LoRA's B or a parallel adapter's W2, [n, r, o]. */
    private static Piece second(Site site) {
        Form form = Form.of(site.experts().adapter());
        Init init = start(site) == Adapter.Lora.Init.NEAR_ZERO ? new Init.Normal(NEAR_ZERO) : new Init.Fill(0);
        return new Piece(site.module() + form.secondTensor, shape(site, site.out()), init);
    }

    /** [n, o]. */
    private static Piece vectors(Site site) {
        return new Piece(
                site.module() + ".ia3", List.of((long) site.experts().count(), (long) site.out()), new Init.Fill(1));
    }

    private static List<Long> shape(Site site, long width) {
        return List.of((long) site.experts().count(), (long) rank(site), width);
    }

    /** Parallel adapters start as PERFT publishes them. */
    private static Adapter.Lora.Init start(Site site) {
        return site.experts().adapter() instanceof Adapter.Lora lora ? lora.init() : Adapter.Lora.Init.NEAR_ZERO;
    }

    /** r of a LoRA or of a parallel adapter. */
    static int rank(Site site) {
        return site.experts().adapter() instanceof Adapter.Parallel parallel
                ? parallel.rank()
                : ((Adapter.Lora) site.experts().adapter()).rank();
    }

    /** How the tensors of each kind of adapter are called: as leaves, and in the adapter file. */
    private enum Form {
        LORA(Kind.LORA_A, "_lora_A", ".lora_A", Kind.LORA_B, "_lora_B", ".lora_B"),
        PARALLEL(Kind.PARALLEL_W1, "_w1", ".w1", Kind.PARALLEL_W2, "_w2", ".w2"),
        VECTORS(Kind.IA3, "", "", Kind.IA3, "_ia3", ".ia3");

        private final Kind first;
        private final String firstEnding;
        private final String firstTensor;
        private final Kind second;
        private final String secondEnding;
        private final String secondTensor;

        Form(
                Kind first,
                String firstEnding,
                String firstTensor,
                Kind second,
                String secondEnding,
                String secondTensor) {
            this.first = first;
            this.firstEnding = firstEnding;
            this.firstTensor = firstTensor;
            this.second = second;
            this.secondEnding = secondEnding;
            this.secondTensor = secondTensor;
        }

        static Form of(Adapter adapter) {
            if (adapter instanceof Adapter.Ia3) {
                return VECTORS;
            }
            return adapter instanceof Adapter.Parallel ? PARALLEL : LORA;
        }
    }

    /** Width of what a site's router reads. */
    static int routerWidth(Site site, ModelShape shape) {
        return switch (site.router().orElseThrow().input()) {
            case MODULE_INPUT, SENTENCE -> site.key().role() == Role.HIDDEN ? shape.hiddenSize() : site.in();
            case ACTIVATED_HIDDEN -> shape.ffnSize();
            case PROJECTED_PER_HEAD -> shape.headDim();
        };
    }

    /**
     * What sites of one group have in common. How tensors start may differ. Dropout has one mask a site, so a site with
     * dropout has an input of its own.
     *
     * @param reader the role that stands for all that read the same tensor
     */
    private record Sharing(
            SiteKey reader, int count, Class<? extends Adapter> kind, int rank, double alpha, Optional<Router> router) {

        static Sharing of(Site site) {
            SiteKey key = site.key();
            Adapter adapter = site.experts().adapter();
            Adapter.Lora lora = adapter instanceof Adapter.Lora value
                    ? value
                    : new Adapter.Lora(
                            adapter instanceof Adapter.Parallel parallel ? parallel.rank() : 0,
                            0,
                            Adapter.Lora.Init.NORMAL,
                            0);
            boolean own = lora.dropout() > 0 || readsItsOwnOutput(site);
            Role role = own ? key.role() : reader(key);
            return new Sharing(
                    new SiteKey(key.stack(), key.layer(), key.block(), role),
                    site.experts().count(),
                    adapter.getClass(),
                    lora.rank(),
                    lora.alpha(),
                    site.router().map(value -> value.init(RouterInit.NORMAL)));
        }

        private static boolean readsItsOwnOutput(Site site) {
            return site.router()
                    .filter(router -> router.input() == RouterInput.PROJECTED_PER_HEAD)
                    .isPresent();
        }

        private static Role reader(SiteKey key) {
            return switch (key.role()) {
                case K, V -> key.block() == BlockKind.CROSS_ATTENTION ? Role.K : Role.Q;
                case UP -> Role.GATE;
                case NULL_ROUTER -> Role.ROUTER;
                default -> key.role();
            };
        }
    }
}
