package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A folder of prompted tasks. {@code tasks.jsonl} lists them, {@code {"dataset": …, "split": "training" or "held-out",
 * "questions": FILE, "templates": GROUP, "cap": N}}; {@code templates.jsonl} holds the groups of templates, {@code {"group":
 * …, "name": …, "input": …, "target": …}}.
 *
 * @param tasks in the order of the file
 */
public record TaskFolder(Path folder, List<Task> tasks) {
    /** Lists the tasks. */
    public static final String TASKS = "tasks.jsonl";

    private static final String TEMPLATES = "templates.jsonl";

    public TaskFolder {
        tasks = List.copyOf(tasks);
    }

    /** Whether there are tasks in this folder. */
    public static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve(TASKS));
    }

    /** @throws GraftException {@code E_DATA} where there are none in this folder */
    public static void require(Path folder) {
        if (!isAt(folder)) {
            throw new GraftException(Issue.error("E_DATA", folder + " holds no tasks: there is no " + TASKS)
                    .withFix("name a folder with " + TASKS + " and " + TEMPLATES + ", such as samples/data/tasks"));
        }
    }

    /**
     * Reads both lists; the questions are read when they are asked for.
     *
     * @throws GraftException {@code E_DATA} with all problems of a file, each with its line
     */
    public static TaskFolder read(Path folder) {
        require(folder);
        Map<String, List<TaskTemplate>> groups = groups(folder.resolve(TEMPLATES));
        DataFile file = DataFile.read(folder.resolve(TASKS));
        List<Task> tasks = JsonRecords.of(file).stream()
                .map(record -> task(record, folder, groups, file.problems()))
                .filter(Objects::nonNull)
                .toList();
        file.problems().throwIfAny();
        return new TaskFolder(folder, tasks);
    }

    /** @throws GraftException {@code E_DATA} where there are none */
    public List<Task> of(Task.Split split) {
        List<Task> found = tasks.stream().filter(task -> task.split() == split).toList();
        if (found.isEmpty()) {
            throw new GraftException(
                    Issue.error("E_DATA", folder.resolve(TASKS) + ": no task has the split \"" + split + "\"")
                            .withFix("list at least one"));
        }
        return found;
    }

    private static Map<String, List<TaskTemplate>> groups(Path path) {
        DataFile file = DataFile.read(path);
        Set<List<String>> names = new HashSet<>();
        List<TaskTemplate> templates = new ArrayList<>();
        for (JsonRecord record : JsonRecords.of(file)) {
            TaskTemplate template = TaskTemplate.of(record, file.problems());
            if (template != null && names.add(List.of(template.group(), template.name()))) {
                templates.add(template);
            } else if (template != null) {
                file.problems()
                        .add(
                                record.line(),
                                "the group \"" + template.group() + "\" has a template \"" + template.name()
                                        + "\" already",
                                "");
            }
        }
        file.problems().throwIfAny();
        return templates.stream().collect(Collectors.groupingBy(TaskTemplate::group));
    }

    private static @Nullable Task task(
            JsonRecord record, Path folder, Map<String, List<TaskTemplate>> groups, DataProblems problems) {
        String dataset = record.text("dataset", problems);
        String split = record.text("split", problems);
        String questions = record.text("questions", problems);
        String group = record.text("templates", problems);
        int cap = cap(record, problems);
        if (dataset == null || split == null || questions == null || group == null || cap < 0) {
            return null;
        }
        Optional<Task.Split> known = Task.Split.named(split);
        List<TaskTemplate> templates = groups.getOrDefault(group, List.of());
        if (known.isEmpty()) {
            problems.add(record.line(), "the split is \"" + split + "\", neither \"training\" nor \"held-out\"", "");
        }
        if (templates.isEmpty()) {
            problems.add(
                    record.line(),
                    "the template group \"" + group + "\" of " + dataset + " is empty",
                    TEMPLATES + " has the groups: "
                            + groups.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        return known.isEmpty() || templates.isEmpty()
                ? null
                : new Task(dataset, known.get(), folder.resolve(questions), templates, cap);
    }

    /** 0 where there is none; -1 with a problem noted where it isn't a number of examples. */
    private static int cap(JsonRecord record, DataProblems problems) {
        JsonNode cap = record.object().path("cap");
        if (cap.isMissingNode()) {
            return 0;
        }
        if (cap.canConvertToInt() && cap.isIntegralNumber() && cap.asInt() > 0) {
            return cap.asInt();
        }
        problems.add(record.line(), "\"cap\" must be a number of examples, at least 1", "");
        return -1;
    }
}
