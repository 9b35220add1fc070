package dev.graft.report;

import dev.graft.report.Metrics.Passage;

/** A passage whose tokens are shaded by how many true experts they used. */
final class PassageSection {
    private final Passage passage;
    private final double least;
    private final double most;

    PassageSection(Passage passage) {
        this.passage = passage;
        this.least =
                passage.load().stream().mapToDouble(Double::doubleValue).min().orElse(0);
        this.most =
                passage.load().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    void write(Markup page) {
        page.element("h2", "Where the experts work");
        page.open("p")
                .text(
                        "A passage of the validation text. The stronger a token's shade, the more true experts it used: ");
        page.open("span", "class", "legend").text(Figures.fixed(least, 2)).element("i", "");
        page.text(Figures.fixed(most, 2)).close("span").close("p");
        page.open("p", "class", "passage");
        for (int i = 0; i < Math.min(passage.tokens().size(), passage.load().size()); i++) {
            double load = passage.load().get(i);
            double shade = most > least ? (load - least) / (most - least) : 0.5;
            page.open(
                    "span",
                    "style",
                    "--shade:" + Figures.fixed(shade, 2),
                    "title",
                    Figures.fixed(load, 2) + " true experts");
            page.text(passage.tokens().get(i)).verbatim("</span>");
        }
        page.close("p");
    }
}
