package dev.graft.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final List<Message> HELLO = List.of(Message.user("hello"));

    @TempDir
    Path folder;

    @Test
    void comes_from_its_own_file_before_the_tokenizers_config() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"config\"}");
        assertThat(find().orElseThrow().render(HELLO, true)).isEqualTo("config");

        write("chat_template.jinja", "file\n");
        assertThat(find().orElseThrow().render(HELLO, true)).isEqualTo("file");
    }

    @Test
    void a_list_of_templates_gives_its_default() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}""");

        assertThat(find().orElseThrow().render(HELLO, true)).isEqualTo("d");
    }

    @Test
    void a_list_without_a_default_is_refused_with_the_names() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"}]}");

        assertThatThrownBy(this::find).hasMessageContaining("[tool_use]").hasMessageContaining("no \"default\"");
    }

    @Test
    void a_checkpoint_may_have_none() throws IOException {
        assertThat(find()).isEmpty();

        write("tokenizer_config.json", "{}");
        assertThat(find()).isEmpty();
    }

    @Test
    void a_file_that_is_not_utf_8_is_refused() throws IOException {
        Files.write(folder.resolve("chat_template.jinja"), "\u00e9".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(this::find).hasMessageContaining("E_TEMPLATE").hasMessageContaining("not UTF-8");
    }

    @Test
    void the_messages_text_is_never_a_template() {
        String content = "{{ 1 + 1 }}{% for %}{# x #}${1}#{2}";

        assertThat(render("{{ messages[0].content }}|{{ messages[0]['content'] + '' }}", content))
                .isEqualTo(content + "|" + content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "line 1\n{{ messages[0].content",
                "line 1\n{% if true %}never closed",
                "line 1\n{{ 1 + }}",
                "line 1\n{% for x %}{% endfor %}",
                "line 1\n{% unknown %}",
                "line 1\n{% endif %}",
                "line 1\n{{ 'a' | no_such_filter }}",
                "line 1\n{{ 'a' is no_such_test }}",
                "line 1\n{{ no_such_function() }}",
                "line 1\n{{ 'a'.no_such_method() }}",
                "line 1\n{{ undefined_name.attribute }}",
                "line 1\n{{ messages[0].nothing.attribute }}",
                "line 1\n{{ undefined_name[0] }}",
                "line 1\n{{ undefined_name.method() }}",
                "line 1\n{{ undefined_name + 'a' }}",
                "line 1\n{{ 'a' + 1 }}",
                "line 1\n{{ none + 'a' }}",
                "line 1\n{{ raise_exception('no') }}",
                "line 1\n{{ messages | map('x') | list }}",
                "line 1\n{% for a, b in [1] %}{% endfor %}",
                "line 1\n{% for a in 5 %}{% endfor %}",
                "{% if true %}\n{{ raise_exception('no') }}{% endif %}",
                "{%- if true -%}  \n   {{- raise_exception('no') }}{% endif %}",
                "{# a note #}\n{{ raise_exception('no') }}",
                "{{ 'a' }}\n{% set x = raise_exception('no') %}",
            })
    void what_is_wrong_is_named_with_its_line(String template) {
        assertThatThrownBy(() -> render(template, "x"))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_TEMPLATE] chat template t, line 2: ");
    }

    @Test
    void a_templates_own_refusal_is_shown() {
        assertThatThrownBy(() -> render("{{ raise_exception('roles must alternate') }}", "x"))
                .hasMessageContaining("line 1: the template refuses these messages: roles must alternate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ messages.getClass() }}",
                "{{ 'a'.getClass().forName('java.lang.Runtime') }}",
                "{{ 'a'.class.forName('java.lang.Runtime') }}",
                "{{ messages.stream() }}",
                "{{ messages.append(1) }}",
                "{{ messages[0].update({'role': 'x'}) }}",
                "{{ messages[0].__class__.__mro__ }}",
                "{{ ____int3rpr3t3r____.config.objectMapper }}",
                "{{ ____int3rpr3t3r____.getContext() }}",
                "{{ ____int3rpr3t3r____.render('{{ 1 }}') }}",
                "{{ (messages | list).getClass() }}",
                "{{ loop.it }}",
                "{% for m in messages %}{{ loop.getClass() }}{% endfor %}",
                "{% for m in messages %}{{ loop.it.next() }}{% endfor %}",
                "{{ filter:trim.getClass() }}",
                "{{ exptest:string.getClass() }}",
                "{{ namespace().getClass() }}",
                "{{ namespace(a=1).stream() }}",
                "{% include 'java.policy' %}",
                "{% import '/etc/passwd' as p %}",
                "{% from '/etc/passwd' import p %}",
                "{% extends '/etc/passwd' %}",
                "{% call x() %}{% endcall %}",
                "{% do messages.append(1) %}",
                "{{ type(messages) }}",
                "{{ range(1000000000) | list | length }}",
                "{{ 'a' | fromjson }}",
                "{{ 'a' | fromyaml }}",
                "{{ '{{ 1 }}' | render }}",
                "{{ 'a' | attr('class') }}",
                "{{ unixtimestamp() }}",
                "{{ 'a' | log }}",
                "{{ request.x }}",
            })
    void nothing_outside_the_template_can_be_reached(String template) {
        assertThatThrownBy(() -> render(template, "x"))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("E_TEMPLATE");
    }

    @Test
    void attributes_that_only_java_has_are_undefined() {
        assertThat(render(
                        "{{ messages.class }}{{ messages.empty }}{{ 'a'.bytes }}{{ ____int3rpr3t3r____.config }}", "x"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(60000) %}{% for b in range(60000) %}{% set x = 1 %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for a in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x='aa') %}{% for a in range(60) %}{% set ns.x = ns.x.replace('a', ns.x) %}{% endfor %}",
                "{% set ns = namespace(x='aa') %}{% for a in range(60) %}{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
                "{% set ns = namespace(x='aa') %}{% for a in range(60) %}{% set ns.x = ns.x.join(ns.x) %}{% endfor %}",
                "{% for a in range(60000) %}{% for b in range(60000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}{% endfor %}",
                "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
                "{{ [1] | tojson(indent=1000000000) }}",
            })
    void a_template_that_takes_too_much_is_stopped(String template) {
        assertThatThrownBy(() -> render(template, "x"))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("E_TEMPLATE");
    }

    @Test
    void deep_nesting_and_size_are_bounded() {
        String brackets = "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}";
        String blocks = "{% if true %}".repeat(10_000) + "x" + "{% endif %}".repeat(10_000);
        String unary = "{{ " + "not ".repeat(1_900) + "true }}";
        String large = "a".repeat(300_000);

        for (String template : List.of(brackets, blocks, large)) {
            assertThatThrownBy(() -> render(template, "x"))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining("E_TEMPLATE");
        }
        assertThat(render(unary, "x")).isEqualTo("True");
    }

    @Test
    void a_template_can_be_rendered_again_and_keeps_nothing() {
        ChatTemplate template = ChatTemplate.of(
                "t", "{% set n = (n | default(0)) + 1 %}{{ n }}{{ messages[0].content }}", Map.of(), Clock.systemUTC());

        assertThat(template.render(HELLO, false)).isEqualTo("1hello");
        assertThat(template.render(List.of(Message.user("again")), false)).isEqualTo("1again");
    }

    private static String render(String template, String content) {
        return ChatTemplate.of("t", template, Map.of("bos_token", "<s>"), Clock.systemUTC())
                .render(List.of(Message.user(content)), false);
    }

    private Optional<ChatTemplate> find() {
        return ChatTemplate.find(folder, Map.of(), Clock.systemUTC());
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
