"""Graft's training steps against the peers', from the files that training.sh leaves: training_ratios.py FOLDER."""
import json
import pathlib
import statistics
import sys

# what is raced, against whom, and the goal for the ratio of examples per second
RACES = (("LoraRace", "peft", "1.5"), ("MolaRace", "mola", "3"), ("MolaRecomputeRace", "mola", "-"),
         ("AdaMoeRace", "adamoe", "3"), ("AdaMoeRace", "WideLoraRace", "0.74"))

folder = pathlib.Path(sys.argv[1])
found = {}  # {name: [(examples per second, peak MB, seconds to the end of the first step, losses) of each round]}
for path in sorted(folder.glob("*.json*")):
    name = path.name.split(".")[0]
    if path.suffix == ".json":
        ours = json.loads(path.read_text())
        run = ours["examplesPerSecond"], ours["peakBytes"] / 2**20, ours["firstStepSeconds"], ours["losses"]
    else:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        theirs = lines[-1]
        # their loading includes one untimed pass over the first batch
        run = theirs["examples_per_s"], theirs["peak_rss_mb"], theirs["load_seconds"], [x["loss"] for x in lines[:-1]]
    found.setdefault(name, []).append(run)

print(f"{'':18} {'examples/s of each round':28} {'best':>6} {'median':>7} {'peak MiB':>9} {'first step s':>13}  loss of the steps")
for name, runs in found.items():
    rates = [run[0] for run in runs]
    print(f"{name:18} {' '.join(f'{r:.2f}' for r in rates):28} {max(rates):6.2f} {statistics.median(rates):7.2f} "
          f"{max(run[1] for run in runs):9.0f} {min(run[2] for run in runs):13.1f}  "
          + " ".join(f"{loss:.3f}" for loss in runs[0][3][:8]))
print()
for ours, theirs, goal in RACES:
    if ours in found and theirs in found:
        pairs = [a[0] / b[0] for a, b in zip(found[ours], found[theirs])]
        best = max(a[0] for a in found[ours]) / max(b[0] for b in found[theirs])
        print(f"{ours} / {theirs}: by round {' '.join(f'{r:.2f}' for r in pairs)} (median {statistics.median(pairs):.2f}), "
              f"of the best {best:.2f}, goal {goal}")
