package dev.graft.runtime.data;

import dev.graft.runtime.random.RandomKey;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The tasks of folders as one set of examples: the question in a template's words, and its right target. */
final class TaskSource {
    private final Mixture mixture;
    private final InstructionSource examples;
    private final int first;

    /** @param first of the whole mixture; 0 for all */
    TaskSource(Mixture mixture, InstructionSource examples, int first) {
        this.mixture = mixture;
        this.examples = examples;
        this.first = first;
    }

    void read(List<Path> folders, ExampleCollector collector) {
        folders.stream()
                .flatMap(folder -> TaskFolder.read(folder).of(mixture.split()).stream())
                .forEach(task -> add(task, collector));
    }

    private void add(Task task, ExampleCollector collector) {
        DataFile file = DataFile.read(task.questions());
        List<TaskQuestion> questions = TaskQuestion.read(file);
        file.problems().throwIfAny();
        int templates = task.templates().size();
        int since = collector.size();
        chosen(task, (long) questions.size() * templates).forEach(pair -> {
            TaskTemplate template = task.templates().get((int) (pair % templates));
            ChoiceRecord asked = template.ask(questions.get((int) (pair / templates)), file.problems());
            if (asked != null && (first == 0 || collector.size() < first)) {
                String target = asked.choices().get(asked.gold());
                examples.add(new Instruction(asked.line(), asked.prompt(), "", target), collector, file.problems());
            }
        });
        collector.part(task.dataset(), since);
        file.problems().throwIfAny();
    }

    /** Which pairs of question and template, in file order: the cap's worth with the smallest random numbers. */
    private LongStream chosen(Task task, long pairs) {
        int cap = mixture.cap() == 0 ? task.cap() : mixture.cap();
        if (cap == 0 || cap >= pairs) {
            return LongStream.range(0, pairs);
        }
        RandomKey key = key(task);
        return LongStream.range(0, pairs)
                .boxed()
                .sorted(Comparator.<Long>comparingLong(pair -> key.bits(pair) ^ Long.MIN_VALUE)
                        .thenComparingLong(pair -> pair))
                .limit(cap)
                .mapToLong(pair -> pair)
                .sorted();
    }

    /** By the data set's name, so that a task's sample doesn't depend on the other tasks. */
    private RandomKey key(Task task) {
        RandomKey key = RandomKey.of(mixture.seed());
        for (int c : IntStream.concat(task.dataset().chars(), IntStream.of(0)).toArray()) {
            key = key.with(c);
        }
        return key;
    }
}
