import static dev.graft.dsl.Graft.soft;
import static dev.graft.dsl.Graft.surgery;

import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;
import dev.graft.samples.Ia3T5;
import dev.graft.samples.LoraT5;
import dev.graft.samples.MoLoraT5;
import dev.graft.samples.MovT5;
import dev.graft.samples.ShakespeareComparison;
import java.util.List;
import java.util.Optional;

/**
 * MoV and MoLORA (arXiv 2309.05444) against the single adapters that they mix, (IA)³ and LoRA: the loss on held-out
 * Shakespeare, and the next line chosen among four.
 */
public final class MixturesOnT5 implements ShakespeareComparison {
    @Override
    public String base() {
        return "tiny-t5";
    }

    @Override
    public int validationExamples() {
        return 100;
    }

    @Override
    public Optional<String> tasks() {
        return Optional.of("../data/shakespeare");
    }

    @Override
    public List<Surgery> specs() {
        Surgery five = new MovT5("mov-t5-5", 5, soft()).define();
        return List.of(
                new Ia3T5().define(),
                five.withTraining(five.training().with(t -> t.adafactor(2e-1))), // its own best rate
                new MovT5().define(),
                new LoraT5().define(),
                new MoLoraT5().define(),
                everything());
    }

    /** What all of them are measured against in the paper: every pretrained weight trained. */
    private static Surgery everything() {
        return surgery("everything", s -> {
            s.trainEverything();
            s.training(t -> t.adamW(3e-3)
                    .cosine(5)
                    .steps(120)
                    .batch(16)
                    .length(128)
                    .validateEvery(40)
                    .precision(Precision.FP32));
        });
    }
}
