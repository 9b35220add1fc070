package dev.graft.report;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.IfExists;
import dev.graft.report.Metrics.Validation;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The files that a comparison leaves: {@code report.html} with the curves over each other, the table as Markdown and as JSON. */
public final class ComparisonPages {
    public static final String MARKDOWN = "comparison.md";
    public static final String JSON = "comparison.json";

    /** Styles of curves; the style sheet has as many. */
    private static final int STYLES = 8;

    private ComparisonPages() {}

    /** @param name of the comparison */
    public static void write(Path folder, String name, ComparisonTable table) {
        AtomicFile.write(folder.resolve(JSON), IfExists.REPLACE, table.json(name));
        AtomicFile.write(folder.resolve(MARKDOWN), IfExists.REPLACE, "# " + name + "\n\n" + table.markdown());
        AtomicFile.write(folder.resolve(HtmlReport.FILE), IfExists.REPLACE, html(name, table));
    }

    static String html(String name, ComparisonTable table) {
        List<Contender> contenders = table.contenders();
        Markup page = new Markup();
        PageFrame.open(page, name);
        int seeds = contenders.stream()
                .mapToInt(contender -> contender.runs().size())
                .max()
                .orElse(0);
        page.element(
                "p",
                contenders.size() + " specs, " + seeds + (seeds == 1 ? " seed" : " seeds each: mean ± sample deviation")
                        + ". Load is counted in true experts per token, FLOPs at the measured load.",
                "class",
                "lead");
        table(page, table);
        page.element("h2", "Curves");
        page.open("div", "class", "charts");
        chart(page, "Validation loss (nats per token)", contenders, Validation::loss);
        chart(page, "Load (true experts per token)", contenders, Validation::load);
        page.close("div");
        return PageFrame.close(page);
    }

    private static void table(Markup page, ComparisonTable table) {
        page.open("div", "class", "scroll").open("table", "class", "comparison");
        page.open("tr");
        table.header().forEach(name -> page.element("th", name));
        page.close("tr");
        for (List<String> row : table.rows()) {
            page.open("tr").element("th", row.get(0));
            row.subList(1, row.size()).forEach(cell -> page.element("td", cell));
            page.close("tr");
        }
        page.close("table").close("div");
    }

    private static void chart(Markup page, String title, List<Contender> contenders, ToDoubleFunction<Validation> of) {
        LineChart chart = new LineChart(title);
        for (int i = 0; i < contenders.size(); i++) {
            chart.dots(
                    contenders.get(i).name(),
                    "series" + i % STYLES,
                    contenders.get(i).curve(of));
        }
        if (!chart.isEmpty()) {
            chart.write(page);
        }
    }
}
