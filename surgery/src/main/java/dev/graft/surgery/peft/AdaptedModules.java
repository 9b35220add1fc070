package dev.graft.surgery.peft;

import dev.graft.checkpoint.BoundedIssues;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.surgery.SiteKey;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the sites that the tensors of a PEFT adapter belong to; everything that does not fit the base is refused. */
final class AdaptedModules {
    private static final Pattern NAME = Pattern.compile(
            Pattern.quote(PeftNames.PREFIX) + "(.+)(\\.lora_A\\.weight" + "|\\.lora_B\\.weight|\\.ia3_l)");

    /** Unknown modules that a message names. */
    private static final int NAMED = 4;

    private final PeftConfig config;
    private final SafetensorsFile file;
    private final BaseModules base;
    private final BoundedIssues issues;

    AdaptedModules(PeftConfig config, SafetensorsFile file, BaseModules base) {
        this.config = config;
        this.file = file;
        this.base = base;
        this.issues = new BoundedIssues(file.path().toString());
    }

    /**
     * What stands at each site, in the order of stack, layer, block and role.
     *
     * @throws dev.graft.issue.GraftException {@code E_PEFT} for tensors of other kinds and for inputs that Graft does not
     *     scale; {@code E_ADAPTER} for tensors that are missing, of another shape, or of modules that the base lacks
     */
    Map<SiteKey, Adapter> read() {
        Map<String, SiteKey> modules = modules();
        Map<SiteKey, Adapter> sites = new TreeMap<>(SiteKey.ORDER);
        modules.forEach((module, key) -> {
            Adapter adapter = config.adapter(module);
            if (adapter instanceof Adapter.Lora lora) {
                requireShape(module + PeftNames.A, lora.rank(), base.in(key));
                requireShape(module + PeftNames.B, base.out(key), lora.rank());
                sites.put(key, adapter);
            } else {
                sites.put(vectorSite(module, key), adapter);
            }
        });
        if (sites.isEmpty()) {
            issues.add(Issue.error("E_ADAPTER", file.path() + ": the adapter adapts nothing"));
        }
        issues.throwIfAny();
        return sites;
    }

    private Map<String, SiteKey> modules() {
        Map<String, SiteKey> modules = new LinkedHashMap<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (String tensor : file.tensors().keySet()) {
            Matcher name = NAME.matcher(tensor);
            boolean vector = tensor.endsWith(PeftNames.VECTOR);
            if (!name.matches() || vector != (config.kind() == PeftConfig.Kind.IA3)) {
                issues.add(Issue.error(
                                "E_PEFT",
                                file.path() + ": tensor '" + tensor + "' is no part of a plain " + config.kind()
                                        + " adapter")
                        .withFix("merge it with PEFT's merge_and_unload and take the merged checkpoint as the base"));
                continue;
            }
            String module = name.group(1);
            base.key(module).ifPresentOrElse(key -> modules.put(module, key), () -> unknown.add(module));
        }
        if (!unknown.isEmpty()) {
            issues.add(unknown(unknown));
        }
        return modules;
    }

    private Issue unknown(Set<String> modules) {
        String some =
                modules.stream().limit(NAMED).map(module -> "'" + module + "'").collect(Collectors.joining(", "));
        return Issue.error(
                        "E_ADAPTER",
                        file.path() + ": " + base.shape().modelType() + " of "
                                + base.shape().layers()
                                + " layers has no such linear maps in attention or a dense FFN: "
                                + some + (modules.size() > NAMED ? " and " + (modules.size() - NAMED) + " more" : ""))
                .withCandidates(NearestNames.of(modules.iterator().next(), base.names()))
                .withFix("name the base that the adapter was trained on; maps inside MoE blocks can't be read");
    }

    private void requireShape(String name, long... expected) {
        String tensor = PeftNames.PREFIX + name;
        List<Long> shape = List.of(expected[0], expected[1]);
        TensorInfo found = file.tensors().get(tensor);
        if (found == null) {
            issues.add(Issue.error("E_ADAPTER", file.path() + ": tensor '" + tensor + "' is missing"));
        } else if (!found.shape().equals(shape) || !found.dtype().isFloat()) {
            issues.add(Issue.error(
                            "E_ADAPTER",
                            file.path() + ": tensor '" + tensor + "' is " + found.dtype() + " " + found.shape()
                                    + "; rank in " + PeftNames.CONFIG + " and widths of the base make it " + shape)
                    .withFix("name the base that the adapter was trained on"));
        }
    }

    /** A vector on the output is the module's own site, one on the input of the down projection that of the hidden state. */
    private SiteKey vectorSite(String module, SiteKey key) {
        TensorInfo found = file.tensor(PeftNames.PREFIX + module + PeftNames.VECTOR);
        if (!found.shape().equals(List.of(1L, base.in(key)))) {
            requireShape(module + PeftNames.VECTOR, base.out(key), 1);
            return key;
        }
        if (key.role() != Role.DOWN) {
            issues.add(Issue.error(
                            "E_PEFT",
                            file.path() + ": the vector of '" + module + "' scales its input (feedforward_modules);"
                                    + " Graft scales outputs, and the input of the down projection alone")
                    .withFix("merge it with PEFT's merge_and_unload and take the merged checkpoint as the base"));
        }
        return new SiteKey(key.stack(), key.layer(), key.block(), Role.HIDDEN);
    }
}
