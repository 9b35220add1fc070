"""Hugging Face generate on a prompt of given length: seconds to read it and to continue it greedily, as one JSON object."""
import argparse
import json
import statistics
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import machine

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
parser.add_argument("--model", required=True)
parser.add_argument("--text", required=True, help="a file whose beginning is the prompt")
parser.add_argument("--adapter", help="a folder that PEFT wrote, or graft export")
parser.add_argument("--prompt", type=int, default=256, help="tokens")
parser.add_argument("--tokens", type=int, default=64, help="new tokens")
parser.add_argument("--dtype", choices=["bf16", "fp32"], default="bf16")
parser.add_argument("--seconds", type=float, default=30)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)

dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[args.dtype]
model = AutoModelForCausalLM.from_pretrained(args.model, dtype=dtype)
if args.adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, args.adapter, autocast_adapter_dtype=False)
model.eval()
ids = AutoTokenizer.from_pretrained(args.model)(open(args.text).read(20 * args.prompt), return_tensors="pt").input_ids[:, :args.prompt]
mask = torch.ones_like(ids)


def seconds(new):
    began = time.perf_counter()
    with torch.inference_mode():
        out = model.generate(input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=new, min_new_tokens=new)
    assert out.shape[1] == args.prompt + new
    return time.perf_counter() - began


seconds(args.tokens)
prefill, decode = [], []
end = time.perf_counter() + args.seconds
while len(prefill) < 3 or time.perf_counter() < end:
    first = seconds(1)  # the prompt and the first token, which its last logits give
    prefill.append(first)
    decode.append((seconds(args.tokens + 1) - first) / args.tokens)
print(json.dumps({
    "name": "hf_generate" + ("_adapter" if args.adapter else ""), "dtype": args.dtype,
    "prefill_tokens_per_s": round(args.prompt / statistics.median(prefill), 1),
    "decode_tokens_per_s": round(1 / statistics.median(decode), 2),
    "best": {"prefill": round(args.prompt / min(prefill), 1), "decode": round(1 / min(decode), 2)},
    "peak_rss_mb": machine.peak_rss_mb(), **machine.describe("transformers")}))
