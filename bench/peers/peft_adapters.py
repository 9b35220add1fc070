"""Adapters and logits of real PEFT, to hold Graft's export and import against.

    peft_adapters.py write BASE FOLDER --kind KIND   an adapter with numbers as if trained, and its logits
    peft_adapters.py golden BASE FOLDER              the logits of an adapter that is there
    peft_adapters.py check BASE FOLDER GOLDEN        an adapter's logits against those of a golden.safetensors

FOLDER is in PEFT's format; the logits go into FOLDER/golden.safetensors, as `graft parity --golden` reads them: fp32, and
bf16 as PEFT loads an adapter onto a bf16 base. `check` fails beyond the tolerances that `graft parity` has.
"""
import argparse
import json
import os
import sys

import torch
from peft import IA3Config, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

TOLERANCES = {"": ("max abs", 5e-5), "bf16.": ("relative L2", 2.5e-2)}
TOKENS = 4
LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
KINDS = {
    # ranks and alphas by pattern, and layers left out
    "lora": lambda: LoraConfig(
        r=3, lora_alpha=6, lora_dropout=0.05, target_modules=LLAMA, layers_to_transform=[1, 4],
        rank_pattern={"q_proj": 2, "layers.4.mlp.down_proj": 4}, alpha_pattern={"model.layers.1.self_attn.v_proj": 9},
        task_type="CAUSAL_LM"),
    "rslora": lambda: LoraConfig(
        r=3, lora_alpha=4, use_rslora=True, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    "ia3": lambda: IA3Config(
        target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"], task_type="CAUSAL_LM"),
    "attention": lambda: LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj", "o_proj"], task_type="CAUSAL_LM"),
    "t5-lora": lambda: LoraConfig(r=2, lora_alpha=4, target_modules=["q", "v", "wo"], task_type="SEQ_2_SEQ_LM"),
    "t5-ia3": lambda: IA3Config(
        target_modules=["k", "v", "wo"], feedforward_modules=["wo"], task_type="SEQ_2_SEQ_LM"),
}


def model(folder, dtype):
    kind = AutoModelForSeq2SeqLM if AutoConfig.from_pretrained(folder).is_encoder_decoder else AutoModelForCausalLM
    return kind.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()


def write(base, folder, kind):
    adapted = get_peft_model(model(base, torch.float32), KINDS[kind]())
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.1)
            elif "ia3_l" in name:
                parameter.normal_(1, 0.3)
    config = adapted.peft_config["default"]
    config.base_model_name_or_path = None  # no path of this machine
    for names in ("target_modules", "feedforward_modules"):
        if hasattr(config, names):
            setattr(config, names, sorted(getattr(config, names)))  # PEFT's sets have no order
    adapted.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))


def inputs(base):
    config = AutoConfig.from_pretrained(base)
    ids = torch.randint(3, config.vocab_size, (1, TOKENS))
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if config.is_encoder_decoder:
        labels = torch.randint(3, config.vocab_size, (1, TOKENS))
        labels[0, -1] = config.eos_token_id
        given["labels"] = labels
        given["decoder_input_ids"] = torch.cat(
            [torch.full((1, 1), config.decoder_start_token_id), labels[:, :-1]], dim=1)
    else:
        given["labels"] = ids.clone()
    return given


def outputs(base, folder, dtype, given):
    adapted = PeftModel.from_pretrained(model(base, dtype), folder).eval()
    with torch.no_grad():
        result = adapted(**given)
    return result.logits, result.loss


def golden(base, folder):
    tensors = inputs(base)
    given = dict(tensors)
    for prefix, dtype in (("", torch.float32), ("bf16.", torch.bfloat16)):
        logits, loss = outputs(base, folder, dtype, given)
        tensors[prefix + "logits"] = logits
        if not prefix:  # in bf16 the mean over a few random tokens is mostly rounding
            tensors["loss"] = loss.reshape(1)
    save_file(tensors, os.path.join(folder, "golden.safetensors"))


def check(base, folder, file):
    expected = load_file(file)
    given = {name: expected[name] for name in expected if "logits" not in name and "loss" not in name}
    held = True
    for prefix, dtype in (("", torch.float32), ("bf16.", torch.bfloat16)):
        reference = expected[prefix + "logits"].double()
        difference = outputs(base, folder, dtype, given)[0].double() - reference
        measure, tolerance = TOLERANCES[prefix]
        found = difference.abs().max() if measure == "max abs" else difference.norm() / reference.norm()
        held = held and found.item() <= tolerance
        print(json.dumps({"logits": prefix + "logits", "measure": measure, "difference": found.item(),
                          "at most": tolerance, "largest logit": round(reference.abs().max().item(), 3)}))
    return held


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=["write", "golden", "check"])
parser.add_argument("base")
parser.add_argument("folder")
parser.add_argument("golden", nargs="?")
parser.add_argument("--kind", choices=KINDS, default="lora")
options = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(0)
if options.what == "check":
    sys.exit(0 if check(options.base, options.folder, options.golden) else 1)
if options.what == "write":
    write(options.base, options.folder, options.kind)
golden(options.base, options.folder)
