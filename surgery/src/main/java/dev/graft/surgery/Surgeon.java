package dev.graft.surgery;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.catalog.Architecture;
import dev.graft.catalog.Catalog;
import dev.graft.catalog.ModelShape;
import dev.graft.catalog.ShapeReader;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Resolves a spec against a checkpoint's headers. */
@CheckReturnValue
public final class Surgeon {
    private Surgeon() {}

    /** {@link #plan(Surgery, Checkpoint, Catalog)} with the architectures that Graft knows. */
    public static InjectionPlan plan(Surgery surgery, Checkpoint checkpoint) {
        return plan(surgery, checkpoint, Catalog.standard());
    }

    /**
     * The plan of a spec on a model. Pure: reads no tensor, and the same spec and headers give the same plan.
     *
     * @throws GraftException with every problem of the spec and of the model, each with its code and the user's line
     */
    public static InjectionPlan plan(Surgery surgery, Checkpoint checkpoint, Catalog catalog) {
        Issues issues = new Issues();
        SpecRules.check(surgery, issues);
        Optional<Architecture> architecture = architecture(checkpoint, catalog, issues);
        Optional<ModelShape> shape = architecture.flatMap(known -> ShapeReader.read(known, checkpoint, issues));
        Pretrained pretrained = new Pretrained(shape.flatMap(ModelShape::moe));
        surgery.injections().forEach(injection -> pretrained.checkNulls(injection, issues));
        List<Injection> injections =
                surgery.injections().stream().map(pretrained::resolve).toList();
        List<Optional<Router>> routers = new ArrayList<>();
        for (Injection injection : injections) {
            // Without a MoE block nothing is known of its router.
            boolean checked = injection.block() != BlockKind.MOE
                    || shape.flatMap(ModelShape::moe).isPresent();
            routers.add(
                    checked
                            ? new RouterRules(injection, pretrained, issues)
                                    .check(surgery.training().supervision())
                            : injection.router());
        }
        if (shape.isEmpty()) {
            issues.throwIfErrors();
        }
        SiteResolver resolver = new SiteResolver(architecture.orElseThrow(), shape.orElseThrow(), checkpoint, issues);
        for (int i = 0; i < injections.size(); i++) {
            resolver.add(injections.get(i), routers.get(i));
        }
        checkLength(surgery, shape.orElseThrow(), issues);
        List<Leaf> weights = new PretrainedWeights(architecture.orElseThrow(), shape.orElseThrow(), checkpoint)
                .leaves(surgery, issues);
        issues.throwIfErrors();
        return assemble(
                surgery, checkpoint, architecture.orElseThrow(), shape.orElseThrow(), resolver, weights, issues);
    }

    /**
     * The plan of a model as it is, without any site: what parity checks and generation without an adapter run.
     *
     * @throws GraftException with every problem of the model
     */
    public static InjectionPlan untouched(Checkpoint checkpoint) {
        Issues issues = new Issues();
        Optional<Architecture> architecture = architecture(checkpoint, Catalog.standard(), issues);
        Optional<ModelShape> shape = architecture.flatMap(known -> ShapeReader.read(known, checkpoint, issues));
        issues.throwIfErrors();
        Surgery nothing = new Surgery("untouched", List.of(), Training.defaults());
        SiteResolver none = new SiteResolver(architecture.orElseThrow(), shape.orElseThrow(), checkpoint, issues);
        return assemble(nothing, checkpoint, architecture.orElseThrow(), shape.orElseThrow(), none, List.of(), issues);
    }

    private static Optional<Architecture> architecture(Checkpoint checkpoint, Catalog catalog, Issues issues) {
        try {
            return Optional.of(catalog.architecture(checkpoint.config().modelType()));
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
            return Optional.empty();
        }
    }

    private static void checkLength(Surgery surgery, ModelShape shape, Issues issues) {
        int length = surgery.training().length();
        if (surgery.training().target().isPresent() && shape.encoder().isEmpty()) {
            issues.add(TrainingRules.problem(
                    "lengths(source, target) is for a model with an encoder, which " + shape.modelType()
                            + " has not: say length(" + length + ")",
                    surgery.trainingAt()));
        }
        shape.positions().ifPresent(positions -> {
            if (length > positions) {
                issues.add(TrainingRules.problem(
                        "length " + length + " is more than the " + positions + " positions of the model",
                        surgery.trainingAt()));
            }
        });
    }

    private static InjectionPlan assemble(
            Surgery surgery,
            Checkpoint checkpoint,
            Architecture architecture,
            ModelShape shape,
            SiteResolver resolved,
            List<Leaf> weights,
            Issues issues) {
        DType dtype = checkpoint
                .tensor(architecture.module(Stack.DECODER, 0, BlockKind.ATTENTION, Role.Q) + ".weight")
                .dtype();
        BaseModel base =
                new BaseModel(shape, checkpoint.headersHash(), dtype, parameters(checkpoint, architecture, shape));
        List<SiteGroup> groups = Layout.of(resolved.all(), shape);
        noteConversion(surgery.training().precision(), dtype, issues);
        List<Issue> notes = issues.all().stream()
                .filter(issue -> issue.severity() != Severity.ERROR)
                .distinct()
                .toList();
        List<HostRouter> hosts = resolved.hosts();
        String modelHash = PlanHash.model(base, groups, hosts, weights);
        return new InjectionPlan(
                surgery,
                base,
                groups,
                hosts,
                weights,
                Costs.of(surgery, base, architecture, groups, hosts, weights),
                notes,
                modelHash,
                PlanHash.plan(surgery, modelHash, groups, hosts, weights));
    }

    /** Without tensors that are stored but not used. */
    private static long parameters(Checkpoint checkpoint, Architecture architecture, ModelShape shape) {
        return checkpoint.tensors().values().stream()
                .filter(tensor -> !architecture.isSpare(tensor.name(), shape.tiedHead()))
                .mapToLong(TensorInfo::elements)
                .sum();
    }

    private static void noteConversion(Training.Precision precision, DType stored, Issues issues) {
        boolean same = precision == Training.Precision.BF16 ? stored == DType.BF16 : stored == DType.F32;
        if (!same) {
            issues.add(Issue.note(
                    "N_CONVERTED",
                    "the weights are stored as " + stored + " and converted to " + precision
                            + " once, when the run starts"));
        }
    }
}
