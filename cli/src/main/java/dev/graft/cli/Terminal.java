package dev.graft.cli;

import dev.graft.issue.Issue;
import dev.graft.issue.Severity;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Help.Ansi;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err progress and problems
 * @param interactive whether a person watches: colour and a progress bar, otherwise plain lines
 */
public record Terminal(PrintStream out, PrintStream err, boolean interactive) {

    /** The process's own streams, in UTF-8 whatever the locale says. */
    static Terminal system() {
        boolean plain = System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"));
        return new Terminal(stream(FileDescriptor.out), stream(FileDescriptor.err), !plain && hasConsole());
    }

    /** A problem as a person reads it, its code in colour where there is colour. */
    String paint(Issue issue) {
        String text = issue.render();
        String code = "[" + issue.code() + "]";
        String style = issue.severity() == Severity.ERROR ? "bold,red" : "yellow";
        return interactive && text.startsWith(code)
                ? Ansi.ON.string("@|" + style + " " + code + "|@") + text.substring(code.length())
                : text;
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** From Java 22 on there is a console even where there is no terminal, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean hasConsole() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException olderJava) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
