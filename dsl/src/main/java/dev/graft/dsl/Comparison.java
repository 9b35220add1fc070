package dev.graft.dsl;

import java.util.List;
import java.util.Optional;

/**
 * What a comparison file holds: specs that are trained on the same base and data, each with the same seeds. {@code graft
 * compare MyComparison.java} compiles the file and takes the one public class in it that implements this interface and
 * has a constructor without parameters. Paths are relative to the file's folder.
 */
public interface Comparison {

    /** Folder of the checkpoint, or the name of an embedded one. */
    String base();

    /** Files to learn from: {@code .json} and {@code .jsonl} hold instructions, all others plain text. */
    List<String> training();

    /** Examples of the training files that are used, in the order of the files; 0 for all. */
    default int trainingExamples() {
        return 0;
    }

    /** Files to measure on, before, between and after the steps. */
    List<String> validation();

    /** Examples of the validation files that are measured; 0 for all. */
    default int validationExamples() {
        return 0;
    }

    /**
     * Whether questions with answer choices are learnt as a cloze, the question alone with the right answer's text behind
     * it, and not as they stand.
     */
    default boolean cloze() {
        return false;
    }

    /** Folder of tasks whose held-out questions the untouched and every trained model are asked, by rank classification. */
    default Optional<String> tasks() {
        return Optional.empty();
    }

    /**
     * A file of instructions that end with {@code Answer format: a/b/…}, whose questions the untouched and every trained
     * model are asked in three forms: by generation, where the first label in the text counts; by the likeliest label;
     * and in cloze form, the question alone with the likeliest answer's text behind it, per character. Models that learn
     * a cloze are asked in that form alone.
     */
    default Optional<String> test() {
        return Optional.empty();
    }

    /** Questions of the test file, and of each task, that are asked; 0 for all. */
    default int questions() {
        return 0;
    }

    /** Each spec is trained once with each of them. */
    default List<Long> seeds() {
        return List.of(0L);
    }

    /** The seeds of one spec, where it has others. */
    default List<Long> seeds(Surgery spec) {
        return seeds();
    }

    /** In the order of the table; their names differ. */
    List<Surgery> specs();
}
