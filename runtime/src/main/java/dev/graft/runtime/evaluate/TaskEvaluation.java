package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Questions;
import dev.graft.runtime.data.Task;
import dev.graft.runtime.data.TaskTemplate;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.train.FlopsCount;
import dev.graft.runtime.train.RouterMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tasks whose questions were read, in all their templates: nothing is scored before all files are known to be right. */
public final class TaskEvaluation {
    private final Map<Task, List<Asked>> tasks = new LinkedHashMap<>();

    /**
     * Reads the questions.
     *
     * @param first how many questions of each task are used; 0 for all
     * @throws dev.graft.issue.GraftException {@code E_DATA} with all problems of a file, each with its line
     */
    public TaskEvaluation(List<Task> tasks, DataReader reader, int first, Limits limits) {
        for (Task task : tasks) {
            List<Asked> asked = new ArrayList<>();
            for (TaskTemplate template : task.templates()) {
                asked.add(new Asked(template, reader.questions(task, template, first, limits)));
            }
            this.tasks.put(task, asked);
        }
    }

    /** Answers all questions by rank classification: the choice with the highest log-likelihood. */
    public TaskScores score(LoadedModel model) {
        RankClassification ranking = new RankClassification(model);
        RouterMetrics routers = new RouterMetrics(model.program().layout(), FlopsCount.NONE);
        List<TaskScores.OfDataset> datasets = tasks.entrySet().stream()
                .map(entry -> score(entry.getKey(), entry.getValue(), ranking, routers))
                .toList();
        return new TaskScores(datasets, model.model().encoderLayers());
    }

    private static TaskScores.OfDataset score(
            Task task, List<Asked> asked, RankClassification ranking, RouterMetrics routers) {
        RoutingLoad load = new RoutingLoad();
        List<TaskScores.OfTemplate> templates = asked.stream()
                .map(each -> new TaskScores.OfTemplate(
                        each.template().name(),
                        ranking.score(each.questions().questions(), load),
                        each.questions().truncated()))
                .toList();
        return new TaskScores.OfDataset(
                task.dataset(),
                ConstantAnswers.of(asked.get(0).questions().questions()).chance(),
                templates,
                routers.of(load));
    }

    /** A task's questions in one template. */
    private record Asked(TaskTemplate template, Questions questions) {}
}
