"""Graft's blocks against the best of Hugging Face's, from the files that moe.sh leaves: moe_ratios.py FOLDER."""
import json
import pathlib
import statistics
import sys

AS_IS, LORA, TOP_2, NULLS = "16 experts, top-4", "16 experts, top-4, LoRA r 8", "16 experts, top-2", "16 experts, 16 nulls, top-3"
PEERS = {AS_IS: ("eager", "grouped_mm"), LORA: ("eager_lora", "grouped_mm_lora")}

folder = pathlib.Path(sys.argv[1])
rounds = []  # one {(precision, block or peer): (minimum, median)} a round, in milliseconds
for ours in sorted(folder.glob("graft-*.json")):
    found = {}
    for block in json.loads(ours.read_text())["blocks"]:
        found[block["precision"].lower(), block["name"]] = tuple(1e3 * block["pass"][k] for k in ("minimum", "median"))
    for line in (folder / ours.name.replace("graft", "peer")).read_text().splitlines():
        peer = json.loads(line)
        for name in sum(PEERS.values(), ()):
            found[peer["dtype"], name] = (peer[name]["min_ms"], peer[name]["median_ms"])
    rounds.append(found)

for key in sorted(rounds[0]):
    minimum = min(found[key][0] for found in rounds)
    medians = "  ".join(f"{found[key][1]:8.1f}" for found in rounds)
    print(f"{key[0]:5} {key[1]:30} minimum {minimum:8.1f} ms   medians {medians}")


def ratios(what, of):
    """of(round, 0 or 1): a ratio of minima or of medians."""
    medians = [of(found, 1) for found in rounds]
    print(f"{what:52} medians {' '.join(f'{r:.2f}' for r in medians)} (middle {statistics.median(medians):.2f})"
          f"   minima {' '.join(f'{of(found, 0):.2f}' for found in rounds)}")


print()
for precision in ("bf16", "fp32"):
    for block, peers in PEERS.items():
        ratios(f"{precision} {block}: ours / best of theirs", lambda found, which, p=precision, b=block, q=peers:
               found[p, b][which] / min(found[p, peer][which] for peer in q))
    ratios(f"{precision} top-2 / 16 nulls, top-3", lambda found, which, p=precision:
           found[p, TOP_2][which] / found[p, NULLS][which])
