package dev.graft.surgery.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes {@code adapter_config.json}: what every version of PEFT that knows the kind of adapter reads. */
final class PeftConfigWriter {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final InjectionPlan plan;
    private final Map<String, Site> sites = new LinkedHashMap<>();
    private final ShortNames names;

    PeftConfigWriter(InjectionPlan plan, Checkpoint base, BaseModules modules) {
        this.plan = plan;
        plan.sites().forEach(site -> sites.put(modules.name(site.key()), site));
        this.names = new ShortNames(base, sites.keySet());
    }

    String json(Optional<String> baseName) {
        ObjectNode config = JSON.createObjectNode();
        config.put("peft_type", isLora() ? "LORA" : "IA3");
        config.put("task_type", plan.base().shape().encoder().isPresent() ? "SEQ_2_SEQ_LM" : "CAUSAL_LM");
        config.put("base_model_name_or_path", baseName.orElse(null));
        config.put("inference_mode", true);
        config.put("fan_in_fan_out", false);
        config.putNull("modules_to_save");
        if (isLora()) {
            addLora(config);
        } else {
            addVectors(config);
        }
        try {
            return JSON.writeValueAsString(config) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isLora() {
        return sites.values().stream().allMatch(site -> site.experts().adapter() instanceof Adapter.Lora);
    }

    private void addLora(ObjectNode config) {
        Map<String, Double> ranks = numbers(lora -> (double) lora.rank());
        Map<String, Double> alphas = numbers(Adapter.Lora::alpha);
        config.put("r", (int) usual(ranks));
        put(config, "lora_alpha", usual(alphas));
        names.exceptions(ranks, usual(ranks))
                .forEach((name, rank) ->
                        config.withObjectProperty("rank_pattern").put(name, rank.intValue()));
        names.exceptions(alphas, usual(alphas))
                .forEach((name, alpha) -> put(config.withObjectProperty("alpha_pattern"), name, alpha));
        config.put("lora_dropout", dropout());
        config.put("use_rslora", false);
        config.put("use_dora", false);
        config.put("bias", "none");
        config.put("init_lora_weights", true);
        names.all(name -> true).forEach(config.putArray("target_modules")::add);
    }

    private void addVectors(ObjectNode config) {
        config.put("init_ia3_weights", true);
        Set<String> onInput = new TreeSet<>();
        sites.forEach((name, site) -> {
            if (site.key().role() == Role.HIDDEN) {
                onInput.add(name);
            }
        });
        ShortNames apart = names.apart(onInput::contains);
        apart.all(name -> true).forEach(config.putArray("target_modules")::add);
        apart.all(onInput::contains).forEach(config.putArray("feedforward_modules")::add);
    }

    private Map<String, Double> numbers(Function<Adapter.Lora, Double> number) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        sites.forEach((name, site) ->
                numbers.put(name, number.apply((Adapter.Lora) site.experts().adapter())));
        return numbers;
    }

    /** The most frequent one. */
    private static double usual(Map<String, Double> numbers) {
        return numbers.values().stream()
                .collect(Collectors.groupingBy(Function.identity(), LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    /** That of all sites; 0 where they differ, as only training would see it. */
    private double dropout() {
        Map<String, Double> each = numbers(Adapter.Lora::dropout);
        return each.values().stream().distinct().count() == 1 ? usual(each) : 0;
    }

    private static void put(ObjectNode object, String key, double number) {
        if (number == Math.rint(number) && Math.abs(number) < 1 << 30) {
            object.put(key, (int) number);
        } else {
            object.put(key, number);
        }
    }
}
