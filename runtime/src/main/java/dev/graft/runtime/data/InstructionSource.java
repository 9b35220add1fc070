package dev.graft.runtime.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Instruction records as examples: prompt, answer, eos. Prompt and answer are tokenized separately; an encoder reads the
 * prompt and an eos token.
 */
final class InstructionSource {
    private static final PromptTemplate AS_IT_IS = new PromptTemplate.Plain("{instruction}");

    private final Tokenizer tokenizer;
    private final DataSpec spec;
    private final Prompter prompter;
    private final int eos;

    InstructionSource(Tokenizer tokenizer, DataSpec spec) {
        this.tokenizer = tokenizer;
        this.spec = spec;
        this.prompter = Prompter.of(isCloze(spec) ? AS_IT_IS : spec.prompt(), tokenizer);
        this.eos = tokenizer.requireEos("which ends every answer");
    }

    /** For prompts that are complete already. */
    static InstructionSource ofPrompts(Tokenizer tokenizer) {
        return new InstructionSource(tokenizer, DataSpec.instructions().prompt(AS_IT_IS));
    }

    private static boolean isCloze(DataSpec spec) {
        return spec.form() == QuestionSpec.Form.CLOZE;
    }

    void read(List<Path> files, ExampleCollector collector) {
        int left = spec.first() == 0 ? Integer.MAX_VALUE : spec.first();
        for (Path path : files) {
            DataFile file = DataFile.read(path);
            List<Instruction> instructions = isCloze(spec)
                    ? Instruction.cloze(file, spec.fields(), prompter)
                    : Instruction.read(file, spec.fields());
            int used = Math.min(left, instructions.size());
            instructions.subList(0, used).forEach(instruction -> add(instruction, collector, file.problems()));
            file.problems().throwIfAny();
            left -= used;
        }
    }

    void add(Instruction instruction, ExampleCollector collector, DataProblems problems) {
        String text = prompter.prompt(instruction.line(), instruction.text(), instruction.input(), problems);
        if (text == null) {
            return;
        }
        String answerText = prompter.answer(text, instruction.text(), instruction.input(), instruction.output());
        OptionalInt start = tokenizer.special().decoderStart();
        if (start.isPresent()) {
            Example example =
                    Example.of(tokenizer.encodeWhole(text), start.getAsInt(), tokenizer.encodeWhole(answerText));
            collector.add(instruction.line(), example, problems);
            return;
        }
        int[] prompt = tokenizer.encode(text, false);
        int[] answer = tokenizer.encode(answerText, false);
        int[] ids = Stream.of(prompt, answer, new int[] {eos})
                .flatMapToInt(Arrays::stream)
                .toArray();
        collector.add(instruction.line(), ids, prompt.length, problems);
    }
}
