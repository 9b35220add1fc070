package dev.graft.report;

import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Budget;
import dev.graft.surgery.InjectionPlan;
import java.util.Map;
import java.util.Optional;

/** The {@code README.md} beside an adapter. */
public final class ModelCard {
    public static final String FILE = "README.md";

    private ModelCard() {}

    /** Markdown; the same files give the same card. */
    public static String of(RunRecord run) {
        InjectionPlan plan = run.plan();
        StringBuilder card = new StringBuilder();
        card.append("# ").append(plan.surgery().name()).append("\n\n");
        card.append(base(plan)).append("\n\n");
        card.append("## Data\n\n").append(data(run.metrics())).append('\n');
        card.append("## Size\n\n").append(size(plan.budget())).append('\n');
        card.append("## Results\n\n").append(results(run.metrics())).append('\n');
        card.append("## Use\n\n").append(use()).append('\n');
        card.append("## Spec, as planned\n\n").append(fenced(plan.explain())).append('\n');
        card.append("## Settings\n\n").append(settings(run.metrics())).append('\n');
        return card.toString();
    }

    private static String base(InjectionPlan plan) {
        var shape = plan.base().shape();
        String what = plan.weights().isEmpty()
                ? "An adapter made with Graft for a frozen "
                : "All weights, trained with Graft from those of a ";
        return what + shape.modelType() + " of " + shape.layers()
                + " layers, hidden size " + shape.hiddenSize() + " and "
                + Figures.grouped(plan.base().parameters())
                + " parameters. It fits no other base: loading it elsewhere is"
                + " refused. The names, types and shapes of its tensors have the SHA-256 `"
                + plan.base().headersHash() + "`; the adapter's own header also has one over its content.";
    }

    private static String data(Metrics metrics) {
        return line("Trained on", metrics.start(), "training") + line("Measured on", metrics.start(), "validation");
    }

    /** {@code - Trained on train.txt: 96 examples, 4608 tokens}; nothing where the run doesn't say. */
    private static String line(String what, Map<String, String> start, String kind) {
        String examples = start.get("data." + kind + ".examples");
        return examples == null
                ? ""
                : "- " + what + " " + cell(start.getOrDefault("data." + kind + "_files", "data")) + ": " + examples
                        + " examples, " + start.get("data." + kind + ".tokens") + " tokens\n";
    }

    private static String size(Budget budget) {
        return "`" + budget.line() + "`\n\n"
                + "Activated adapter parameters per token at balanced load: " + Figures.grouped(budget.activated())
                + ". Matrix products with weights, per token: " + Figures.scaled(budget.balancedFlops())
                + "FLOP at balanced load, " + Figures.scaled(budget.worstFlops()) + "FLOP at worst ("
                + Figures.scaled(budget.baseFlops()) + "FLOP without adapters; attention scores not counted).\n";
    }

    private static String results(Metrics metrics) {
        if (metrics.validations().isEmpty()) {
            return "The run had no validation data.\n";
        }
        StringBuilder table = new StringBuilder("| | loss (nats per token) | perplexity | true experts per token |\n");
        table.append("|---|---|---|---|\n");
        metrics.before().ifPresent(start -> table.append(row("base", start)));
        Optional<Validation> after = metrics.after();
        after.ifPresent(end -> table.append(row("after " + end.step() + " steps", end)));
        return table.toString();
    }

    private static String row(String name, Validation validation) {
        String load = Double.isFinite(validation.load()) ? Figures.fixed(validation.load(), 3) : "–";
        return "| " + name + " | " + Figures.fixed(validation.loss(), 4) + " | "
                + Figures.fixed(validation.perplexity(), 2) + " | " + load + " |\n";
    }

    private static String use() {
        return fenced("""
                graft generate --base BASE_FOLDER --adapter THIS_FOLDER --prompt "..."
                graft eval --base BASE_FOLDER --adapter THIS_FOLDER --data FILE
                graft inspect THIS_FOLDER
                """);
    }

    private static String settings(Metrics metrics) {
        StringBuilder table = new StringBuilder("| | |\n|---|---|\n");
        Facts.of(metrics).forEach((name, value) -> table.append(setting(name, value)));
        return table.toString();
    }

    private static String setting(String name, String value) {
        return "| " + cell(name) + " | " + cell(value) + " |\n";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace('\n', ' ').replace("<", "&lt;");
    }

    /** A block of text in which a fence of the text itself ends nothing. */
    private static String fenced(String text) {
        String fence = "```";
        while (text.contains(fence)) {
            fence += "`";
        }
        return fence + "\n" + text.stripTrailing() + "\n" + fence + "\n";
    }
}
