package dev.graft.cli;

import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.StartAdapter;
import dev.graft.surgery.StartRules;
import dev.graft.surgery.peft.PeftAdapter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The adapter that a run starts from. */
final class StartOption {
    @Option(
            names = "--start",
            paramLabel = "ADAPTER",
            description = "Start from the values of this adapter and not from random ones: a run's folder, its"
                    + " adapter.safetensors, or a folder that PEFT wrote. Sites, ranks and alphas must be the spec's.")
    private @Nullable Path start;

    /**
     * The request with the start that was asked for, if one was.
     *
     * @throws dev.graft.issue.GraftException {@code E_START} naming the sites where adapter and spec differ; {@code
     *     E_BASE_MISMATCH}, {@code E_ADAPTER}, {@code E_PEFT} or {@code E_NONFINITE} for an adapter that can't be used
     */
    RunRequest add(RunRequest request, SpecArgument.Planned planned) {
        Path adapter = start;
        if (adapter == null) {
            return request;
        }
        return request.start(
                PeftAdapter.isAt(adapter)
                        ? peft(adapter, planned)
                        : run(AdapterPlan.of(adapter, planned.base()), planned));
    }

    private static StartAdapter peft(Path folder, SpecArgument.Planned planned) {
        PeftAdapter adapter = PeftAdapter.open(folder, planned.base());
        StartRules.check(planned.plan(), adapter.plan());
        return new StartAdapter(FlatValues.of(planned.plan(), adapter::floats));
    }

    private static StartAdapter run(AdapterPlan adapted, SpecArgument.Planned planned) {
        StartRules.check(planned.plan(), adapted.plan());
        adapted.plan().tensors().requireIn(adapted.adapter().file());
        adapted.plan().tensors().requireFinite(adapted.adapter().file());
        return new StartAdapter(FlatValues.of(planned.plan(), adapted.adapter().file()::floats));
    }
}
