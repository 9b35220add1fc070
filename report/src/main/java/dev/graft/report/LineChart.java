package dev.graft.report;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Curves over the steps of a run, as inline SVG; colours come from the page's style sheet. */
final class LineChart {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 250;
    private static final int LEFT = 52;
    private static final int RIGHT = 14;
    private static final int TOP = 12;
    private static final int BOTTOM = 34;
    /** More points than pixels show nothing. */
    private static final int MOST_POINTS = 600;

    private final String title;
    private final List<Series> series = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();

    LineChart(String title) {
        this.title = title;
    }

    record Point(double x, double y) {}

    private record Series(String name, String style, List<Point> points, boolean dots) {}

    private record Reference(double y, String label) {}

    /** A thin line of many values; neighbours are averaged where there are more of them than pixels. */
    @CanIgnoreReturnValue
    LineChart line(String name, String style, List<Point> points) {
        return add(new Series(name, style, thinned(finite(points)), false));
    }

    /** A line through a few values, each with a dot that tells its value. */
    @CanIgnoreReturnValue
    LineChart dots(String name, String style, List<Point> points) {
        return add(new Series(name, style, finite(points), true));
    }

    /** A dashed line across the chart. */
    @CanIgnoreReturnValue
    LineChart reference(double y, String label) {
        references.add(new Reference(y, label));
        return this;
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    private LineChart add(Series added) {
        if (!added.points().isEmpty()) {
            series.add(added);
        }
        return this;
    }

    void write(Markup page) {
        List<Point> all = series.stream().flatMap(one -> one.points().stream()).toList();
        Scale x = Scale.exact(all.stream().map(Point::x), LEFT, WIDTH - RIGHT);
        Scale y = Scale.rounded(
                Stream.concat(all.stream().map(Point::y), references.stream().map(Reference::y)), HEIGHT - BOTTOM, TOP);
        page.open("figure").open("figcaption").element("b", title);
        if (series.size() > 1) {
            series.forEach(one -> page.element("span", one.name(), "class", "key " + one.style()));
        }
        page.close("figcaption");
        page.open("svg", "viewBox", "0 0 " + WIDTH + " " + HEIGHT, "role", "img", "aria-label", title);
        axes(page, x, y);
        references.forEach(reference -> reference(page, reference, y));
        series.forEach(one -> curve(page, one, x, y));
        page.close("svg").close("figure");
    }

    private static void axes(Markup page, Scale x, Scale y) {
        for (double tick : y.ticks()) {
            String at = pixel(y.at(tick));
            page.empty("line", "class", "grid", "x1", "" + LEFT, "x2", "" + (WIDTH - RIGHT), "y1", at, "y2", at);
            page.element("text", y.label(tick), "class", "tick end", "x", "" + (LEFT - 7), "y", pixel(y.at(tick) + 4));
        }
        for (double tick : x.ticks()) {
            page.element("text", x.label(tick), "class", "tick", "x", pixel(x.at(tick)), "y", "" + (HEIGHT - 14));
        }
        page.element("text", "step", "class", "tick end", "x", "" + (WIDTH - RIGHT), "y", "" + (HEIGHT - 1));
    }

    private static void reference(Markup page, Reference reference, Scale y) {
        String at = pixel(y.at(reference.y()));
        page.empty("line", "class", "reference", "x1", "" + LEFT, "x2", "" + (WIDTH - RIGHT), "y1", at, "y2", at);
        page.element(
                "text",
                reference.label(),
                "class",
                "tick end",
                "x",
                "" + (WIDTH - RIGHT),
                "y",
                pixel(y.at(reference.y()) - 5));
    }

    private static void curve(Markup page, Series one, Scale x, Scale y) {
        StringBuilder path = new StringBuilder();
        for (Point point : one.points()) {
            path.append(path.isEmpty() ? 'M' : 'L').append(pixel(x.at(point.x())));
            path.append(' ').append(pixel(y.at(point.y())));
        }
        page.empty("path", "class", "curve " + one.style(), "d", path.toString());
        if (one.dots()) {
            for (Point point : one.points()) {
                page.open(
                        "circle",
                        "class",
                        "dot " + one.style(),
                        "r",
                        "3.5",
                        "cx",
                        pixel(x.at(point.x())),
                        "cy",
                        pixel(y.at(point.y())));
                page.element("title", "step " + Figures.number(point.x()) + ": " + Figures.number(point.y()));
                page.close("circle");
            }
        }
    }

    private static List<Point> finite(List<Point> points) {
        return points.stream().filter(point -> Double.isFinite(point.y())).toList();
    }

    private static List<Point> thinned(List<Point> points) {
        int run = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
        if (run <= 1) {
            return points;
        }
        List<Point> thinned = new ArrayList<>();
        for (int i = 0; i < points.size(); i += run) {
            List<Point> part = points.subList(i, Math.min(i + run, points.size()));
            thinned.add(new Point(
                    part.get(part.size() / 2).x(),
                    part.stream().mapToDouble(Point::y).average().orElseThrow()));
        }
        return thinned;
    }

    private static String pixel(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
