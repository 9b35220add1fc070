package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import dev.graft.surgery.SurgeryJson;
import java.nio.file.Path;

/** An adapter with the plan of its own spec, on the base that it was trained for. */
record AdapterPlan(AdapterFile adapter, InjectionPlan plan) {

    /**
     * @param runOrFile a run's folder or an adapter file
     * @throws dev.graft.issue.GraftException {@code E_BASE_MISMATCH} for another base or one that has changed
     */
    static AdapterPlan of(Path runOrFile, Checkpoint base) {
        AdapterFile adapter = AdapterFile.open(AdapterFile.in(runOrFile));
        BaseIdentity identity = BaseIdentity.of(base);
        // another base is named as such before its plan complains of what it lacks
        adapter.requireFits(adapter.header().modelHash(), identity);
        InjectionPlan plan = Surgeon.plan(SurgeryJson.read(adapter.header().spec()), base);
        adapter.requireFits(plan.modelHash(), identity);
        return new AdapterPlan(adapter, plan);
    }
}
