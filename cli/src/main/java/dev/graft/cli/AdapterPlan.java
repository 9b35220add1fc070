package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import dev.graft.surgery.SurgeryJson;
import dev.graft.surgery.peft.PeftAdapter;
import java.nio.file.Files;
import java.nio.file.Path;

/** An adapter with the plan of its own spec, on the base that it was trained for. */
record AdapterPlan(AdapterFile adapter, InjectionPlan plan) {

    /**
     * @param runOrFile a run's folder or an adapter file
     * @throws GraftException {@code E_ADAPTER} for something else, {@code E_BASE_MISMATCH} for another base or one that has changed
     */
    static AdapterPlan of(Path runOrFile, Checkpoint base) {
        refusePeft(runOrFile);
        AdapterFile adapter = AdapterFile.open(AdapterFile.in(runOrFile));
        BaseIdentity identity = BaseIdentity.of(base);
        // another base is named as such before its plan complains of what it lacks
        adapter.requireFits(adapter.header().modelHash(), identity);
        InjectionPlan plan = Surgeon.plan(SurgeryJson.read(adapter.header().spec()), base);
        adapter.requireFits(plan.modelHash(), identity);
        return new AdapterPlan(adapter, plan);
    }

    private static void refusePeft(Path runOrFile) {
        if (PeftAdapter.isAt(runOrFile) && !Files.exists(AdapterFile.in(runOrFile))) {
            throw new GraftException(Issue.error("E_ADAPTER", runOrFile + ": this adapter is in PEFT's format")
                    .withFix("make one of Graft's from it: graft import --base FOLDER --adapter " + runOrFile
                            + " --out FOLDER"));
        }
    }
}
