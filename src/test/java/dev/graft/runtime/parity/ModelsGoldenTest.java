package dev.graft.runtime.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.graft.catalog.Catalog;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.ModelConfig;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The generated, unpatched model of every golden checkpoint agrees with Hugging Face transformers. */
class ModelsGoldenTest {
    private static final Path MODELS = Path.of(System.getProperty("graft.goldens"), "models");

    @TestFactory
    Stream<DynamicTest> agrees_with_hugging_face() throws IOException {
        try (Stream<Path> folders = Files.list(MODELS)) {
            List<Path> cases = folders.filter(folder -> Files.exists(folder.resolve("golden.safetensors")))
                    .sorted()
                    .toList();
            assertThat(cases).as("golden models in %s", MODELS).isNotEmpty();
            return cases.stream()
                    .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> compare(folder)));
        }
    }

    private static void compare(Path folder) {
        Path checkpoint = checkpointOf(folder);
        assumeTrue(
                Files.exists(checkpoint.resolve("config.json")),
                () -> "not run: " + folder.getFileName() + " needs its checkpoint (-Dgraft.smollm2=FOLDER)");
        String modelType = ModelConfig.read(checkpoint.resolve("config.json")).modelType();
        assumeTrue(
                Catalog.standard().modelTypes().contains(modelType),
                () -> "not supported: model_type " + modelType + " of " + folder.getFileName());
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 0)) {
            Checkpoint base = Checkpoint.open(checkpoint);
            InjectionPlan untouched = Surgeon.untouched(base);
            Program program =
                    new ModelEmitter("dev.graft.generated").emit(untouched).load(Program.class);
            Parity parity = new Parity(
                    engine, base, weights -> program.newModel(weights, new Leaves(program.layout(), List.of())));
            assertThat(parity.compare(SafetensorsFile.open(folder.resolve("golden.safetensors"))))
                    .isNotEmpty()
                    .allMatch(Difference::holds, "within its tolerance");
        }
    }

    /** The real checkpoint is too large to embed; its golden folder holds the numbers alone. */
    private static Path checkpointOf(Path folder) {
        String real = System.getProperty("graft.smollm2", "");
        return Files.exists(folder.resolve("config.json")) || real.isEmpty() ? folder : Path.of(real);
    }
}
