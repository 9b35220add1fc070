package dev.graft.runtime.data;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.chat.ChatTemplate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** The tokenizer of a checkpoint: the {@code tokenizer.json} of its folder, run by Hugging Face's own library. */
public final class Tokenizer implements AutoCloseable {
    /** Without these, DJL cuts every text at 512 tokens. */
    private static final Map<String, String> WHOLE_TEXTS =
            Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");

    private final HuggingFaceTokenizer tokenizer;
    private final int vocabularySize;
    private final SpecialTokens special;
    private final Path folder;

    private Tokenizer(HuggingFaceTokenizer tokenizer, int vocabularySize, Path folder) {
        this.tokenizer = tokenizer;
        this.vocabularySize = vocabularySize;
        this.folder = folder;
        this.special = new SpecialTokenFiles(folder, this).read();
    }

    /**
     * Opens the tokenizer of a checkpoint folder.
     *
     * @throws GraftException {@code E_TOKENIZER} where {@code tokenizer.json} is missing, broken or larger than the
     *     model's vocabulary; {@code E_ENGINE} where the native library cannot be loaded
     */
    public static Tokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new GraftException(missing(folder));
        }
        try {
            byte[] json = Files.readAllBytes(file);
            HuggingFaceTokenizer tokenizer = load(file, json);
            try {
                int size = TokenizerVocabulary.size(json);
                checkFits(file, size, FolderJson.read(folder.resolve("config.json")));
                return new Tokenizer(tokenizer, size, folder);
            } catch (IOException | RuntimeException e) {
                tokenizer.close();
                throw e;
            }
        } catch (IOException e) {
            throw new GraftException(broken(file, String.valueOf(e.getMessage())), e);
        }
    }

    /**
     * The ids of a text. A special token's text in it becomes that token, as in Hugging Face's tokenizers.
     *
     * @param specialTokens whether the tokenizer's post-processor adds its tokens, such as a leading bos
     */
    public int[] encode(String text, boolean specialTokens) {
        // Not HuggingFaceTokenizer.encode, which also fetches a string and a span for each token: twice the time.
        long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, specialTokens);
        try {
            return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                    .mapToInt(Math::toIntExact)
                    .toArray();
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /**
     * The ids of a user's message and of the beginning of the answer, as the checkpoint's chat template writes them: the
     * prompt of {@link PromptTemplate.Chat}.
     *
     * @throws GraftException {@code E_TEMPLATE} where the checkpoint has no chat template, or one that is wrong
     */
    public int[] encodeMessage(String message) {
        return encode(Prompter.chat(this).prompt(message, ""), false);
    }

    /**
     * The ids of a text as one side of an encoder-decoder's example: it ends with eos.
     *
     * @throws GraftException {@code E_TOKENIZER} where the checkpoint names no eos token
     */
    public int[] encodeWhole(String text) {
        int[] ids = encode(text, false);
        int[] whole = Arrays.copyOf(ids, ids.length + 1);
        whole[ids.length] = requireEos("which ends every text of an encoder-decoder");
        return whole;
    }

    /**
     * The ids of a text that a model is to go on from: whole where an encoder reads it, open at its end otherwise.
     *
     * @param specialTokens whether a text that no encoder reads has the post-processor's tokens, such as a leading bos
     * @throws GraftException {@code E_TOKENIZER} where an encoder reads it and the checkpoint names no eos token
     */
    public int[] encodePrompt(String text, boolean specialTokens) {
        return special.decoderStart().isPresent() ? encodeWhole(text) : encode(text, specialTokens);
    }

    /** @param use what the token is needed for, as the end of a sentence */
    int requireEos(String use) {
        return special.eos()
                .orElseThrow(
                        () -> new GraftException(Issue.error("E_TOKENIZER", "the checkpoint names no eos token, " + use)
                                .withFix("add eos_token_id to config.json")));
    }

    /** The text of ids; an id that is no token has none. */
    public String decode(int[] ids, boolean skipSpecial) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /** Decodes ids one by one. */
    public TokenStream stream(boolean skipSpecial) {
        return new TokenStream(this, skipSpecial);
    }

    /** The largest id plus one; the model's embedding may have more rows. */
    public int vocabularySize() {
        return vocabularySize;
    }

    public SpecialTokens special() {
        return special;
    }

    /**
     * The chat template beside the tokenizer, if there is one.
     *
     * @param clock what templates that write the date read
     * @throws GraftException {@code E_TEMPLATE} where it cannot be read
     */
    public Optional<ChatTemplate> chatTemplate(Clock clock) {
        return ChatTemplate.find(folder, special.texts(), clock);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private static HuggingFaceTokenizer load(Path file, byte[] json) throws IOException {
        // Read by DJL when it loads: no usage tracking, no download.
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), WHOLE_TEXTS);
        } catch (EngineException | LinkageError e) {
            throw new GraftException(
                    Issue.error("E_ENGINE", "the tokenizers' native library cannot be loaded: " + e.getMessage())
                            .withFix("it is unpacked into DJL_CACHE_DIR (by default .djl.ai in the home folder), which"
                                    + " must be writable"),
                    e);
        } catch (RuntimeException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new GraftException(broken(file, reason), e);
        }
    }

    private static void checkFits(Path file, int size, JsonNode config) {
        int model = config.path("vocab_size")
                .asInt(config.at("/text_config/vocab_size").asInt(Integer.MAX_VALUE));
        if (size > model) {
            throw new GraftException(Issue.error(
                            "E_TOKENIZER",
                            file + " has ids up to " + (size - 1) + ", but config.json says vocab_size " + model)
                    .withFix("use the tokenizer that belongs to this checkpoint"));
        }
    }

    private static Issue missing(Path folder) {
        boolean sentencePiece = Files.isRegularFile(folder.resolve("tokenizer.model"));
        boolean folderThere = Files.isDirectory(folder);
        String found = !folderThere
                ? "there is no folder " + folder
                : folder + " has no tokenizer.json"
                        + (sentencePiece ? ", only the SentencePiece file tokenizer.model" : "");
        String convert = "write one with Hugging Face transformers: AutoTokenizer.from_pretrained(\"" + folder
                + "\", use_fast=True).save_pretrained(\"" + folder + "\")";
        return Issue.error("E_TOKENIZER", found).withFix(folderThere ? convert : "name the folder of a checkpoint");
    }

    private static Issue broken(Path file, String reason) {
        return Issue.error("E_TOKENIZER", file + " cannot be read: " + reason)
                .withFix(
                        "copy the file from the checkpoint's source again, or write it with Hugging Face transformers");
    }
}
