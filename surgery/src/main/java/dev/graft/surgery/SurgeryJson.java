package dev.graft.surgery;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.dsl.Surgery;

/** The JSON form of a spec. Reading what was written gives an equal spec; a field too many or too few is refused. */
@CheckReturnValue
public final class SurgeryJson {
    private SurgeryJson() {}

    public static String write(Surgery surgery) {
        return JsonText.write(surgery);
    }

    /** @throws dev.graft.issue.GraftException {@code E_JSON} with line, column and the nearest field names */
    public static Surgery read(String json) {
        return JsonText.read(json, Surgery.class, "spec");
    }
}
