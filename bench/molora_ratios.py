"""Graft's mixture of LoRAs against the published einsum form, from the files that molora.sh leaves: molora_ratios.py FOLDER."""
import json
import pathlib
import statistics
import sys

folder = pathlib.Path(sys.argv[1])
rounds = []  # one {(precision, side, part): (minimum, median)} a round, in milliseconds
for ours in sorted(folder.glob("graft-*.json")):
    found = {}
    for part in json.loads(ours.read_text())["parts"]:
        found[part["precision"].lower(), "ours", part["name"]] = tuple(1e3 * part["pass"][k] for k in ("minimum", "median"))
    for line in (folder / ours.name.replace("graft", "peer")).read_text().splitlines():
        peer = json.loads(line)
        for name, times in peer.items():
            if isinstance(times, dict) and "min_ms" in times:
                found[peer["dtype"], "theirs", name] = (times["min_ms"], times["median_ms"])
    rounds.append(found)

for key in sorted(rounds[0]):
    minimum = min(found[key][0] for found in rounds)
    medians = "  ".join(f"{found[key][1]:8.1f}" for found in rounds)
    print(f"{key[0]:5} {key[1]:7} {key[2]:16} minimum {minimum:8.1f} ms   medians {medians}")

print()
PAIRS = {
    "adapters alone: einsum / ours": (("theirs", "adapter_einsum"), ("ours", "molora_alone")),
    "with the maps: einsum / ours": (("theirs", "whole_einsum"), ("ours", "molora")),
    "with the maps: our MoLORA-10 / our LoRA": (("ours", "molora"), ("ours", "lora")),
}
for precision in ("bf16", "fp32"):
    for what, (over, under) in PAIRS.items():
        by_round = [[found[(precision, *over)][which] / found[(precision, *under)][which] for found in rounds] for which in (1, 0)]
        medians, minima = by_round
        print(f"{precision} {what:40} medians {' '.join(f'{r:.2f}' for r in medians)} (middle {statistics.median(medians):.2f})"
              f"   minima {' '.join(f'{r:.2f}' for r in minima)}")
