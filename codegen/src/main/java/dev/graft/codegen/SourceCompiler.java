package dev.graft.codegen;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles Java source in memory against this program's own class path. */
public final class SourceCompiler {
    private SourceCompiler() {}

    /**
     * Compiles all sources together.
     *
     * @param sources text by path; the path's last name is what messages show
     * @param options of javac, such as {@code -Xlint:all}
     * @throws GraftException {@code E_COMPILE} with javac's own messages; {@code E_NO_COMPILER} on a JRE
     */
    public static CompiledSources compile(Map<String, String> sources, List<String> options) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new GraftException(Issue.error("E_NO_COMPILER", "this Java has no compiler")
                    .withFix("run Graft on a JDK (17 or newer), not on a JRE"));
        }
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager standard =
                        compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8);
                Memory memory = new Memory(standard)) {
            List<SimpleJavaFileObject> units = new TreeMap<>(sources)
                    .entrySet().stream()
                            .map(source -> (SimpleJavaFileObject) new Source(source.getKey(), source.getValue()))
                            .toList();
            List<String> all = new java.util.ArrayList<>(List.of("-proc:none", "-encoding", "UTF-8"));
            all.addAll(List.of("-classpath", System.getProperty("java.class.path", "")));
            all.addAll(options);
            boolean compiled = compiler.getTask(null, memory, diagnostics, all, null, units)
                    .call();
            if (!compiled) {
                throw new GraftException(diagnostics.getDiagnostics().stream()
                        .filter(d -> d.getKind() != Diagnostic.Kind.NOTE)
                        .map(d -> Issue.error("E_COMPILE", d.toString()))
                        .toList());
            }
            return new CompiledSources(memory.classes());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String path;
        private final String text;

        Source(String path, String text) {
            super(URI.create("string:///" + path.substring(path.lastIndexOf('/') + 1)), Kind.SOURCE);
            this.path = path;
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        @Override
        public String getName() {
            return path;
        }
    }

    private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

        Memory(StandardJavaFileManager standard) {
            super(standard);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location,
                String className,
                JavaFileObject.Kind kind,
                @org.jspecify.annotations.Nullable FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + className.replace('.', '/') + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    written.put(className, bytes);
                    return bytes;
                }
            };
        }

        Map<String, byte[]> classes() {
            Map<String, byte[]> classes = new HashMap<>();
            written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
            return classes;
        }
    }
}
