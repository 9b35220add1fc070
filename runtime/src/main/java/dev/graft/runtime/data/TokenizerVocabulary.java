package dev.graft.runtime.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** Reads from a {@code tokenizer.json} how many ids it uses; the native library doesn't tell. */
final class TokenizerVocabulary {
    private static final JsonFactory FACTORY = new JsonFactory();

    private TokenizerVocabulary() {}

    /** The largest id plus one. */
    static int size(byte[] tokenizerJson) throws IOException {
        int size = 0;
        try (JsonParser json = FACTORY.createParser(tokenizerJson)) {
            json.nextToken();
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                json.nextToken();
                if (key.equals("added_tokens")) {
                    size = Math.max(size, ofAddedTokens(json));
                } else if (key.equals("model")) {
                    size = Math.max(size, ofModel(json));
                } else {
                    json.skipChildren();
                }
            }
        }
        return size;
    }

    /** {@code [{"id": 7, "content": …}, …]}. */
    private static int ofAddedTokens(JsonParser json) throws IOException {
        int size = 0;
        while (json.nextToken() == JsonToken.START_OBJECT) {
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                json.nextToken();
                if (key.equals("id")) {
                    size = Math.max(size, json.getIntValue() + 1);
                } else {
                    json.skipChildren();
                }
            }
        }
        return size;
    }

    private static int ofModel(JsonParser json) throws IOException {
        int size = 0;
        for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
            JsonToken value = json.nextToken();
            if (key.equals("vocab") && value == JsonToken.START_OBJECT) {
                size = ofTokenMap(json);
            } else if (key.equals("vocab") && value == JsonToken.START_ARRAY) {
                size = ofTokenList(json);
            } else {
                json.skipChildren();
            }
        }
        return size;
    }

    /** {@code {"token": id, …}}, as BPE, WordPiece and WordLevel models have. */
    private static int ofTokenMap(JsonParser json) throws IOException {
        int size = 0;
        while (json.nextFieldName() != null) {
            json.nextToken();
            size = Math.max(size, json.getIntValue() + 1);
        }
        return size;
    }

    /** {@code [["token", score], …]}, as Unigram models have: an id is a position. */
    private static int ofTokenList(JsonParser json) throws IOException {
        int size = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            json.skipChildren();
            size++;
        }
        return size;
    }
}
