package dev.graft.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What every page begins and ends with. */
final class PageFrame {
    private PageFrame() {}

    /** The head with the style sheet, and the title as the first heading. */
    static void open(Markup page, String title) {
        page.verbatim("<!DOCTYPE html>\n");
        page.open("html", "lang", "en").open("head");
        page.empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.element("title", title + " · Graft");
        page.open("style").verbatim(resource("report.css")).close("style");
        page.close("head").open("body");
        page.element("h1", title);
    }

    /** @return the whole page */
    static String close(Markup page) {
        return page.close("body").close("html").toString();
    }

    private static String resource(String name) {
        try (InputStream stream = PageFrame.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
