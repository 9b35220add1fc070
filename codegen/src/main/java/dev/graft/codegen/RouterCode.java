package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import java.util.stream.Collectors;

/** A router as the words of the language that make it, leaving out what has its default. */
final class RouterCode {
    private RouterCode() {}

    static CodeBlock of(Router router) {
        CodeBlock.Builder code = CodeBlock.builder().add(selection(router.selection()));
        if (router.input() != RouterInput.MODULE_INPUT) {
            code.add("\n$>$>.input($T.$L)$<$<", Names.ROUTER_INPUT, router.input());
        }
        if (router.nulls().count() > 0) {
            code.add(nulls(router.nulls()));
        }
        if (router.normalisation() != implied(router)) {
            code.add("\n$>$>.normalise($T.$L)$<$<", Names.NORMALISATION, router.normalisation());
        }
        if (router.scale() != ScaleSource.OWN_ROUTER) {
            code.add("\n$>$>.scale($T.$L)$<$<", Names.SCALE_SOURCE, router.scale());
        }
        if (router.merge() != Merge.OUTPUTS) {
            code.add("\n$>$>.merge($T.$L)$<$<", Names.MERGE, router.merge());
        }
        router.balance().ifPresent(balance -> code.add("\n$>$>.balance($L)$<$<", balance(balance)));
        return code.build();
    }

    private static Normalisation implied(Router router) {
        return router.nulls().count() > 0 ? Normalisation.SELECTED_TRUE : Normalisation.NONE;
    }

    private static CodeBlock selection(Selection selection) {
        if (selection instanceof Selection.TopK topK) {
            return CodeBlock.of("$T.topK($L)", Names.GRAFT, topK.k());
        }
        if (selection instanceof Selection.TopP topP) {
            return CodeBlock.of("$T.topP($L)", Names.GRAFT, topP.threshold());
        }
        return CodeBlock.of("$T.soft()", Names.GRAFT);
    }

    private static CodeBlock nulls(NullExperts nulls) {
        if (nulls.share() == NullExperts.Share.OF_SELECTED) {
            return CodeBlock.of(
                    "\n$>$>.nullExperts(new $1T($2L, $1T.Kind.$3L, $1T.Share.$4L))$<$<",
                    Names.NULL_EXPERTS,
                    nulls.count(),
                    nulls.kind(),
                    nulls.share());
        }
        return CodeBlock.of(
                nulls.kind() == NullExperts.Kind.IDENTITY
                        ? "\n$>$>.identityNulls($L)$<$<"
                        : "\n$>$>.nullExperts($L)$<$<",
                nulls.count());
    }

    private static CodeBlock balance(Balance balance) {
        Balance plain = Balance.of(balance.coefficient());
        CodeBlock.Builder code = CodeBlock.builder().add("$T.of($L)", Names.BALANCE, schedule(balance.coefficient()));
        if (balance.scope() != plain.scope()) {
            code.add(".scope($T.Scope.$L)", Names.BALANCE, balance.scope());
        }
        if (balance.nullLoad() != plain.nullLoad()) {
            code.add(".nullLoad($T.NullLoad.$L)", Names.BALANCE, balance.nullLoad());
        }
        if (balance.loadSum() != plain.loadSum()) {
            code.add(".loadSum($T.LoadSum.$L)", Names.BALANCE, balance.loadSum());
        }
        return code.build();
    }

    static CodeBlock schedule(Schedule schedule) {
        if (schedule instanceof Schedule.PerEpoch epochs) {
            return CodeBlock.of(
                    "$T.anneal($L)",
                    Names.GRAFT,
                    epochs.values().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        if (schedule instanceof Schedule.LinearOverRun run) {
            return CodeBlock.of("$T.overRun($L, $L)", Names.GRAFT, run.first(), run.last());
        }
        return CodeBlock.of("$T.constant($L)", Names.GRAFT, ((Schedule.Constant) schedule).value());
    }
}
