package dev.graft.runtime.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.expression.ExpressionStrategy;
import com.hubspot.jinjava.tree.output.RenderedOutputNode;
import com.hubspot.jinjava.tree.parse.ExpressionToken;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;
import org.jspecify.annotations.Nullable;

/**
 * The Jinja library, with all of its tags, filters, tests and functions switched off but those that templates for
 * transformers use, with Python's meaning of values, and with bounds on what a template may take.
 */
final class Sandbox {
    /** Not a name that a template could write. */
    private static final String STEPS = "steps taken";

    private static final Set<String> TAGS =
            Set.of("for", "if", "elif", "else", "set", "macro", "break", "continue", "generation");
    private static final Set<String> FUNCTIONS =
            Set.of(":namespace", ":range", ":" + TemplateFunctions.RAISE, ":" + TemplateFunctions.NOW);

    private final Jinjava jinja;
    private final JinjavaConfig config;

    Sandbox() {
        jinja = new PythonJinja(JinjavaConfig.newBuilder().build());
        jinja.registerTag(new PythonFor());
        jinja.registerTag(new PythonIf());
        jinja.registerTag(new GenerationTag());
        PythonFilters.all().forEach(jinja::registerFilter);
        PythonTests.all().forEach(jinja::registerExpTest);
        TemplateFunctions.all().forEach(jinja::registerFunction);
        config = config(switchedOff(jinja.getGlobalContext()));
    }

    /** The library with our expression parser. */
    private static final class PythonJinja extends Jinjava {
        private final ExpressionFactory expressions =
                new ExpressionFactoryImpl(new TreeStore(new PythonParser.Syntax(), new Cache(1000)), new PythonTruth());

        PythonJinja(JinjavaConfig config) {
            super(config);
        }

        @Override
        public ExpressionFactory getExpressionFactory() {
            return expressions;
        }
    }

    /** Truth in conditional expressions and after {@code not}. */
    private static final class PythonTruth extends TruthyTypeConverter {
        private static final long serialVersionUID = 1L;

        @Override
        protected Boolean coerceToBoolean(Object value) {
            return PythonValue.truth(value);
        }
    }

    /** Writes the value of an expression as Python's {@code str} does. */
    private static final class PythonOutput implements ExpressionStrategy {
        private static final long serialVersionUID = 1L;

        @Override
        public RenderedOutputNode interpretOutput(ExpressionToken expression, JinjavaInterpreter interpreter) {
            Object value = interpreter.resolveELExpression(expression.getExpr(), expression.getLineNumber());
            return new RenderedOutputNode(PythonValue.text(value));
        }
    }

    private static JinjavaConfig config(Map<Library, Set<String>> switchedOff) {
        return JinjavaConfig.newBuilder()
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withAllowAdjacentTextNodes(true)
                        .withKeepNullableLoopValues(true)
                        .withHandleBackslashInQuotesOnly(true)
                        .build())
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withElResolver(new SandboxResolver())
                .withDisabled(switchedOff)
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor((node, interpreter) -> countStep(interpreter))
                        .build())
                .withEnableRecursiveMacroCalls(false)
                .withMaxRenderDepth(10)
                .withMaxOutputSize(Limits.TEXT)
                .withMaxStringLength(Limits.TEXT)
                .withMaxListSize(Limits.ITEMS)
                .withMaxMapSize(Limits.ITEMS)
                .withRangeLimit(Limits.ITEMS)
                .withLocale(Locale.ROOT)
                .withTimeZone(ZoneOffset.UTC)
                .build();
    }

    private static Map<Library, Set<String>> switchedOff(Context library) {
        Map<Library, Set<String>> off = new EnumMap<>(Library.class);
        off.put(Library.TAG, others(library.getAllTags(), name -> TAGS.contains(withoutEnd(name))));
        off.put(Library.FUNCTION, others(library.getAllFunctions(), FUNCTIONS::contains));
        Set<String> filters = names(PythonFilters.all());
        off.put(Library.FILTER, others(library.getAllFilters(), filters::contains));
        Set<String> tests = names(PythonTests.all());
        off.put(Library.EXP_TEST, others(library.getAllExpTests(), tests::contains));
        return off;
    }

    private static String withoutEnd(String tag) {
        return tag.startsWith("end") ? tag.substring("end".length()) : tag;
    }

    private static Set<String> others(Collection<? extends Importable> all, Predicate<String> wanted) {
        return names(all).stream().filter(wanted.negate()).collect(Collectors.toSet());
    }

    private static Set<String> names(Collection<? extends Importable> all) {
        return all.stream().map(Importable::getName).collect(Collectors.toSet());
    }

    private static void countStep(JinjavaInterpreter interpreter) {
        if (interpreter.getContext().get(STEPS) instanceof AtomicInteger steps
                && steps.incrementAndGet() > Limits.STEPS) {
            throw new TemplateFault("the template takes more than " + Limits.STEPS + " steps");
        }
    }

    /**
     * Renders a template.
     *
     * @param template in the form of {@link TemplateText#prepare}
     * @param variables maps, lists, texts, numbers, truth values and {@link None}
     * @throws TemplateFault with the first problem
     */
    String render(String template, Map<String, Object> variables) {
        Map<String, Object> bindings = new HashMap<>(variables);
        bindings.put("none", None.NONE);
        bindings.put("None", None.NONE);
        bindings.put(STEPS, new AtomicInteger());
        Context context = new Context(jinja.getGlobalContextCopy(), bindings, config.getDisabled());
        context.setExpressionStrategy(new PythonOutput());
        JinjavaInterpreter interpreter = new JinjavaInterpreter(jinja, context, config);
        try {
            String text = interpreter.render(template);
            interpreter.getErrorsCopy().stream().findFirst().ifPresent(error -> {
                throw fault(error);
            });
            return text;
        } catch (StackOverflowError e) {
            throw new TemplateFault("the template is nested too deeply");
        } catch (RuntimeException e) {
            List<TemplateError> errors = interpreter.getErrorsCopy();
            throw errors.isEmpty() ? fault(e, interpreter.getLineNumber()) : fault(errors.get(0));
        }
    }

    private static TemplateFault fault(TemplateError error) {
        Exception cause = error.getException();
        TemplateFault own = cause == null ? null : own(cause);
        String message = own == null ? error.getMessage() : own.getMessage();
        return new TemplateFault(Math.max(0, error.getLineno()), firstLine(message));
    }

    private static TemplateFault fault(RuntimeException e, int line) {
        TemplateFault own = own(e);
        if (own != null) {
            return own.line() > 0 ? own : new TemplateFault(Math.max(0, line), firstLine(own.getMessage()));
        }
        return new TemplateFault(Math.max(0, line), firstLine(e.getMessage()));
    }

    private static @Nullable TemplateFault own(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof TemplateFault fault) {
                return fault;
            }
        }
        return null;
    }

    private static String firstLine(@Nullable String message) {
        return message == null
                ? "it can't be rendered"
                : message.lines().findFirst().orElse("");
    }
}
