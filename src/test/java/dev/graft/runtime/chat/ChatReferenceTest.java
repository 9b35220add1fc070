package dev.graft.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Templates of the common kinds give, to the letter, what Python's Jinja gives as transformers sets it up. */
class ChatReferenceTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T09:05:00Z"), ZoneOffset.UTC);

    @TestFactory
    Stream<DynamicTest> renders_as_transformers() throws IOException {
        JsonNode chats = new ObjectMapper().readTree(text("chats.json"));
        JsonNode expected = new ObjectMapper().readTree(text("expected.json"));
        return expected.properties().stream()
                .flatMap(template -> template.getValue().properties().stream()
                        .map(chat -> dynamicTest(
                                template.getKey() + " with " + chat.getKey(),
                                () -> check(template.getKey(), chats.get(chat.getKey()), chat.getValue()))));
    }

    private static void check(String name, JsonNode chat, JsonNode expected) throws IOException {
        ChatTemplate template =
                ChatTemplate.of(name, text(name), Map.of("bos_token", "<s>", "eos_token", "</s>"), CLOCK);
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("tools", None.NONE);
        chat.properties().forEach(entry -> variables.put(entry.getKey(), plain(entry.getValue())));

        if (expected.has("text")) {
            assertThat(template.render(variables))
                    .isEqualTo(expected.get("text").asText());
        } else {
            assertThatThrownBy(() -> template.render(variables))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining("E_TEMPLATE")
                    .hasMessageContaining(expected.get("refusal").asText());
        }
    }

    private static Object plain(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(plain(item)));
            return list;
        }
        if (node.isNull()) {
            return None.NONE;
        }
        if (node.isBoolean()) {
            return node.asBoolean();
        }
        return node.isIntegralNumber() ? (Object) node.asLong() : node.asText();
    }

    private static String text(String name) throws IOException {
        try (InputStream in = ChatReferenceTest.class.getResourceAsStream("/chat/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
