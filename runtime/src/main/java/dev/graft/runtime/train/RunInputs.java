package dev.graft.runtime.train;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.runtime.data.Tokenizer;

/**
 * What a run works on, read and checked before anything is loaded or written.
 *
 * @param memory what the run needs
 */
record RunInputs(
        Program program, RunRequest request, Checkpoint base, PlanText plan, RunData data, MemoryEstimate memory) {

    /** @throws GraftException for every input that is refused */
    static RunInputs check(Program program, RunRequest request) {
        Training training = program.training();
        Checkpoint base = Checkpoint.open(request.base());
        PlanText plan = PlanText.of(request.plan());
        plan.requireFits(program, base);
        try (Tokenizer tokenizer = Tokenizer.open(request.base())) {
            RunData data = RunData.read(request, base, tokenizer, training);
            MemoryEstimate memory =
                    MemoryEstimate.of(base, program.layout(), training, data.largestPass(training.microBatch()));
            if (!request.force()) {
                memory.requireFits(MachineMemory.available(training.device()));
                memory.requireHeap(Runtime.getRuntime().maxMemory());
            }
            return new RunInputs(program, request, base, plan, data, memory);
        }
    }

    Training training() {
        return program.training();
    }
}
