package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Question;
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
    public TaskScores score(LoadedModel model, AskingMonitor monitor) {
        RouterMetrics routers = new RouterMetrics(model.program().layout(), FlopsCount.NONE);
        int all = tasks.values().stream().mapToInt(TaskEvaluation::count).sum();
        List<TaskScores.OfDataset> datasets = new ArrayList<>();
        int before = 0;
        for (Map.Entry<Task, List<Asked>> task : tasks.entrySet()) {
            datasets.add(score(task.getKey(), task.getValue(), model, routers, monitor.behind(before, all)));
            before += count(task.getValue());
        }
        return new TaskScores(datasets, model.model().encoderLayers());
    }

    private static int count(List<Asked> asked) {
        return asked.stream()
                .mapToInt(each -> each.questions().questions().size())
                .sum();
    }

    private static TaskScores.OfDataset score(
            Task task, List<Asked> asked, LoadedModel model, RouterMetrics routers, AskingMonitor monitor) {
        RoutingLoad load = new RoutingLoad();
        List<TaskScores.OfTemplate> templates = new ArrayList<>();
        int before = 0;
        for (Asked each : asked) {
            List<Question> questions = each.questions().questions();
            RankClassification ranking = new RankClassification(model, monitor.behind(before, count(asked)));
            templates.add(new TaskScores.OfTemplate(
                    each.template().name(),
                    ranking.score(questions, load),
                    each.questions().truncated()));
            before += questions.size();
        }
        return new TaskScores.OfDataset(
                task.dataset(),
                ConstantAnswers.of(asked.get(0).questions().questions()).chance(),
                templates,
                routers.of(load));
    }

    /** A task's questions in one template. */
    private record Asked(TaskTemplate template, Questions questions) {}
}
