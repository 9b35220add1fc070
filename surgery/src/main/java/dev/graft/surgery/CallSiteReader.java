package dev.graft.surgery;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import dev.graft.issue.CallSite;
import java.io.IOException;

/** Reads {@code MySpec.java:17}. */
final class CallSiteReader extends StdDeserializer<CallSite> {
    private static final long serialVersionUID = 1L;

    CallSiteReader() {
        super(CallSite.class);
    }

    @Override
    public CallSite deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        String text = parser.getValueAsString("");
        int colon = text.lastIndexOf(':');
        String line = text.substring(colon + 1);
        if (colon < 1 || !line.matches("[0-9]{1,9}")) {
            throw context.weirdStringException(text, CallSite.class, "a call site is FILE:LINE");
        }
        return new CallSite(text.substring(0, colon), Integer.parseInt(line));
    }
}
