package dev.graft.runtime.chat;

/** What a template may use at most; real ones stay a hundred times below. */
final class Limits {
    /** Characters of a template. */
    static final int TEMPLATE = 1 << 18;

    /** Characters of one tag or expression; the library's parser looks ahead over all of it. */
    static final int TAG = 1 << 13;

    /** Brackets within brackets in one tag or expression. */
    static final int NESTING = 40;

    /** Characters of a rendered text, and of every text on the way. */
    static final int TEXT = 1 << 22;

    /** Items of a list or map that a template makes. */
    static final int ITEMS = 1 << 16;

    /** Tags, expressions and texts that are rendered, those in loops each time. */
    static final int STEPS = 1 << 16;

    private Limits() {}

    /** @param length of a text that a template makes */
    static void check(int length) {
        if (length > TEXT) {
            throw new TemplateFault("a text grows beyond " + TEXT + " characters");
        }
    }

    static String text(String text) {
        check(text.length());
        return text;
    }

    static void items(int items) {
        if (items > ITEMS) {
            throw new TemplateFault("a list grows beyond " + ITEMS + " items");
        }
    }
}
