package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.runtime.train.ExitCode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a checkpoint or an adapter. */
@Command(
        name = "inspect",
        header = "Show what a checkpoint or an adapter holds.",
        description = "Reads headers and configuration only; no weight is loaded.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft inspect tiny-llama                   an embedded checkpoint",
            "  graft inspect models/llama --json",
            "  graft inspect HuggingFaceTB/SmolLM2-135M-Instruct",
            "  graft inspect target/graft-demo            the adapter that a run saved"
        })
final class InspectCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            paramLabel = BaseName.LABEL,
            description = "A checkpoint: " + BaseName.MEANING + "; a run's folder; or a .safetensors file.")
    @SuppressWarnings("NullAway.Init")
    private String path;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    InspectCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Optional<AdapterView> adapter = AdapterView.of(Path.of(path));
        if (adapter.isPresent()) {
            show(adapter.get(), adapter.get().text());
        } else {
            CheckpointView checkpoint = CheckpointView.of(Home.checkpoint(path, terminal));
            show(checkpoint, checkpoint.text());
            if (!json) {
                checkpoint.issues().forEach(issue -> terminal.err().println(terminal.paint(issue)));
            }
        }
        return ExitCode.DONE;
    }

    private void show(Record view, String text) {
        terminal.out().println(json ? toJson(view) : text);
    }

    private static String toJson(Record view) {
        try {
            return JsonMapper.builder()
                    .addModule(new Jdk8Module())
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(view);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
