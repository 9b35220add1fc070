package dev.graft.cli;

/** How help texts speak of what {@link Home#checkpoint} takes. */
final class BaseName {
    static final String LABEL = "BASE";
    static final String MEANING =
            "a folder, the name of an embedded one, or a model on the Hugging Face hub (org/name, org/name@revision)";

    private BaseName() {}
}
