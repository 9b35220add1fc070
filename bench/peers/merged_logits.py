"""Compares a merged dense checkpoint in transformers with the logits that Graft computes for base and adapter apart.

    graft merge --base BASE --adapter RUN --out MERGED
    merged_logits.py BASE RUN MERGED

The reference needs no Graft: BASE in fp32 with W + (alpha/r) B A added in fp64 from RUN/adapter.safetensors, plain LoRA.
"""
import argparse
import json

import torch
from safetensors.torch import load_file, safe_open
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("base")
parser.add_argument("run")
parser.add_argument("merged")
parser.add_argument("--alpha-over-rank", type=float, default=2.0, help="Graft's default is 2")
options = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(0)


def model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


merged = model(options.merged)
reference = model(options.base)
adapter_file = options.run + "/adapter.safetensors"
adapter = load_file(adapter_file)
weights = dict(reference.named_parameters())
modules = sorted(name[: -len(".lora_A")] for name in adapter if name.endswith(".lora_A"))
assert modules, "no plain LoRA in " + adapter_file
with torch.no_grad():
    for module in modules:
        a = adapter[module + ".lora_A"].double()[0]  # [r, d]
        b = adapter[module + ".lora_B"].double()[0]  # [r, o]
        weight = weights[module + ".weight"]
        weight.copy_((weight.double() + options.alpha_over_rank * b.t() @ a).float())
    ids = torch.randint(0, reference.config.vocab_size, (4, 64))
    expected = reference(ids).logits
    untrained = model(options.base)(ids).logits
    actual = merged(ids).logits
with safe_open(options.merged + "/model.safetensors", "pt") as file:
    stored = str(file.get_tensor(modules[0] + ".weight").dtype)
largest = expected.abs().max().item()
print(json.dumps({
    "modules": len(modules),
    "stored": stored,
    "largest logit": round(largest, 3),
    "difference / largest": (actual - expected).abs().max().item() / largest,
    "adapter's effect / largest": (untrained - expected).abs().max().item() / largest,
    "same likeliest token": (actual.argmax(-1) == expected.argmax(-1)).float().mean().item(),
}))
