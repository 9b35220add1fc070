"""Writes the token ids that the data tests expect, with Hugging Face's own Python library.

Run at the root of the project: pip install tokenizers && python src/test/resources/data/reference.py
"""
import json

from tokenizers import Tokenizer

BASE, DATA, OUT = "samples/checkpoints/tiny-llama/", "samples/data/", "src/test/resources/data/"
TOKENIZER = Tokenizer.from_file(BASE + "tokenizer.json")
EOS = json.load(open(BASE + "config.json"))["eos_token_id"]


def encode(text):
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def example(row, max_length):
    prompt = encode(row["instruction"] + "\n")
    answer = encode(row["output"]) + [EOS]
    return {"ids": (prompt + answer)[:max_length], "labels": ([-100] * len(prompt) + answer)[:max_length]}


def write(name, value):
    with open(OUT + name, "w") as file:
        json.dump(value, file, separators=(",", ":"))


rows = json.load(open(DATA + "reasoning/openbookqa-train.json"))
write("openbookqa-batches.json", {"max_length": 256, "examples": [example(row, 256) for row in rows[:16]]})

text = encode(open(DATA + "shakespeare/validation.txt").read())
write("shakespeare-windows.json", {
    "length": 128,
    "tokens": len(text),
    "first": text[:128],
    "second": text[128:256],
    "last": text[len(text) // 128 * 128 :],
})

questions = [json.loads(line) for line in open(DATA + "shakespeare/next_line.validation.jsonl")][:4]
write("next-line-questions.json", [
    {"prompt": encode(q["context"]), "options": [encode(c) for c in q["choices"]], "gold": q["label"]} for q in questions
])
