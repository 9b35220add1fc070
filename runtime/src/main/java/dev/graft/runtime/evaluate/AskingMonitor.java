package dev.graft.runtime.evaluate;

/** Is told how many questions a model has answered. */
@FunctionalInterface
public interface AskingMonitor {
    /** Hears nothing. */
    AskingMonitor SILENT = (answered, of) -> {};

    /** @param of how many there are */
    void answered(int answered, int of);

    /** For a part of the questions, behind others. */
    default AskingMonitor behind(int before, int all) {
        return (answered, of) -> answered(before + answered, all);
    }
}
