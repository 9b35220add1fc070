package dev.graft.runtime.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint's chat template: {@code chat_template.jinja}, or {@code chat_template} in {@code tokenizer_config.json}.
 * It comes from a file that is not trusted, so it sees nothing but texts, lists and maps, can call nothing outside the
 * Jinja library, and is stopped when it takes too much.
 */
public final class ChatTemplate {
    private final String name;
    private final String source;
    private final Map<String, String> specialTokens;
    private final Clock clock;
    private final Sandbox sandbox = new Sandbox();

    private ChatTemplate(String name, String source, Map<String, String> specialTokens, Clock clock) {
        this.name = name;
        this.specialTokens = Map.copyOf(specialTokens);
        this.clock = clock;
        try {
            this.source = TemplateText.prepare(source);
        } catch (TemplateFault e) {
            throw refused(name, e);
        }
    }

    /**
     * The template of a checkpoint folder, if it has one.
     *
     * @param specialTokens texts by role, such as {@code bos_token}, which templates write
     * @param clock what templates that write the date read
     * @throws GraftException {@code E_TEMPLATE} where it cannot be read
     */
    public static Optional<ChatTemplate> find(Path folder, Map<String, String> specialTokens, Clock clock) {
        Path file = folder.resolve("chat_template.jinja");
        Path config = folder.resolve("tokenizer_config.json");
        try {
            if (Files.isRegularFile(file)) {
                return Optional.of(new ChatTemplate(file.toString(), Files.readString(file), specialTokens, clock));
            }
            if (!Files.isRegularFile(config)) {
                return Optional.empty();
            }
            JsonNode templates =
                    new ObjectMapper().readTree(Files.readAllBytes(config)).path("chat_template");
            return text(config, templates).map(text -> new ChatTemplate(config.toString(), text, specialTokens, clock));
        } catch (MalformedInputException e) {
            throw refused(file.toString(), new TemplateFault("it is not UTF-8 text"));
        } catch (IOException e) {
            throw new GraftException(
                    Issue.error("E_TEMPLATE", folder + ": the chat template cannot be read: " + e.getMessage()), e);
        }
    }

    /** A template from a text; {@code name} stands for it in messages. */
    public static ChatTemplate of(String name, String source, Map<String, String> specialTokens, Clock clock) {
        return new ChatTemplate(name, source, specialTokens, clock);
    }

    /** A text, or a list of named texts of which one is the default. */
    private static Optional<String> text(Path config, JsonNode templates) {
        if (!templates.isArray()) {
            return templates.isTextual() ? Optional.of(templates.asText()) : Optional.empty();
        }
        for (JsonNode template : templates) {
            if (template.path("name").asText().equals("default")) {
                return Optional.of(template.path("template").asText());
            }
        }
        List<String> names = templates.findValuesAsText("name");
        throw new GraftException(
                Issue.error("E_TEMPLATE", config + " has the chat templates " + names + ", but no \"default\"")
                        .withFix("write the one to use into chat_template.jinja"));
    }

    /**
     * The text of a conversation.
     *
     * @param addGenerationPrompt whether the beginning of the assistant's next turn follows
     * @throws GraftException {@code E_TEMPLATE} with the template's line, where it is wrong or refuses the messages
     */
    public String render(List<Message> messages, boolean addGenerationPrompt) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put(
                "messages",
                messages.stream()
                        .<Map<String, Object>>map(
                                m -> new LinkedHashMap<>(Map.of("role", m.role(), "content", m.content())))
                        .toList());
        variables.put("tools", None.NONE);
        variables.put("documents", None.NONE);
        variables.put("add_generation_prompt", addGenerationPrompt);
        return render(variables);
    }

    /** Renders with these variables, the special tokens and the time. */
    String render(Map<String, Object> variables) {
        Map<String, Object> all = new LinkedHashMap<>(specialTokens);
        all.put(TemplateFunctions.NOW, LocalDateTime.now(clock).toString());
        all.putAll(variables);
        try {
            return sandbox.render(source, all);
        } catch (TemplateFault e) {
            throw refused(name, e);
        }
    }

    private static GraftException refused(String name, TemplateFault fault) {
        String line = fault.line() > 0 ? ", line " + fault.line() : "";
        return new GraftException(
                Issue.error("E_TEMPLATE", "chat template " + name + line + ": " + fault.getMessage())
                        .withFix("correct the template, or use a plain prompt instead"),
                fault);
    }
}
