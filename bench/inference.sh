#!/usr/bin/env bash
# Reading a prompt and continuing it: Graft's base, Graft with a routed adapter and with LoRA, and Hugging Face generate
# with the same base and the same LoRA, in turns on an otherwise idle machine:
#   inference.sh MODEL PEFT_PYTHON [ROUNDS] [SECONDS] [THREADS] [PRECISION]
# MODEL is a checkpoint of the Llama family; the environment is made by peers/setup.sh.
set -euo pipefail
usage="usage: inference.sh MODEL PEFT_PYTHON [ROUNDS] [SECONDS] [THREADS] [PRECISION]"
model=$(realpath "${1:?$usage}") peft=$(realpath -s "${2:?$usage}")
rounds=${3:-2} seconds=${4:-30} threads=${5:-2} precision=${6:-bf16}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
text=$here/../samples/data/shakespeare/train.txt
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for spec in LoraRace MolaRace AdaMoeRace; do # two steps, so that every adapter has values
  "$here/../graft" run "$here/specs/$spec.java" --base "$model" --data "$text" --first 16 --steps 2 --out "$out/$spec" >&2
done
"$here/../graft" export --base "$model" --adapter "$out/LoraRace" --out "$out/peft" >&2
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds, load $(cut -d' ' -f1-3 /proc/loadavg)"
  for spec in LoraRace MolaRace AdaMoeRace; do
    echo "Graft, $spec"
    "$here/../graft" bench generate --base "$model" --adapter "$out/$spec" --precision "$precision" --threads "$threads" \
      --seconds "$seconds"
  done
  (cd "$here/peers" && for adapter in "" "--adapter $out/peft"; do
    "$peft" hf_generate.py --model "$model" --text "$text" --dtype "$precision" --threads "$threads" --seconds "$seconds" $adapter
  done)
done
