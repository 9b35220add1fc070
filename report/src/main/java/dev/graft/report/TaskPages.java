package dev.graft.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.IfExists;
import dev.graft.report.Metrics.TaskRouting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The page beside an evaluation on tasks: scores, and which experts work for which task. */
public final class TaskPages {
    public static final String FILE = "tasks.html";

    /** What the page is made from. */
    public static final String SOURCE = "tasks.json";

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private TaskPages() {}

    /**
     * Makes the page, or makes it again.
     *
     * @param folder with the evaluation's {@code tasks.json}
     * @param layers whose experts are shown; none for the middle ones
     * @throws dev.graft.issue.GraftException where the file is missing or broken; {@code E_LAYER}
     */
    public static void write(Path folder, List<Integer> layers) {
        Path source = folder.resolve(SOURCE);
        try {
            AtomicFile.write(
                    folder.resolve(FILE), IfExists.REPLACE, html(JSON.readTree(Files.readString(source)), layers));
        } catch (IOException e) {
            throw FileProblem.of("read", source, e);
        }
    }

    static String html(JsonNode scores, List<Integer> layers) {
        Markup page = new Markup();
        PageFrame.open(page, "Held-out tasks");
        page.element(
                "p", "Rank classification; the score of a data set is the median over its templates.", "class", "lead");
        page.open("table", "class", "comparison");
        row(page, "th", "", "score", "guessing");
        List<TaskRouting> tasks = new ArrayList<>();
        for (JsonNode dataset : scores.path("datasets")) {
            tasks.add(MetricsReader.task(dataset, "dataset"));
            row(
                    page,
                    "td",
                    dataset.path("dataset").asText(),
                    percent(dataset.path("median")),
                    percent(dataset.path("chance")));
        }
        row(page, "td", "mean", percent(scores.path("mean")), "");
        page.close("table");
        new TaskSection(tasks, scores.path("encoder_layers").asInt(), layers).write(page);
        return PageFrame.close(page);
    }

    private static void row(Markup page, String tag, String name, String score, String chance) {
        page.open("tr")
                .element("th", name)
                .element(tag, score)
                .element(tag, chance)
                .close("tr");
    }

    private static String percent(JsonNode share) {
        return Figures.fixed(100 * share.asDouble(Double.NaN), 1) + "%";
    }
}
