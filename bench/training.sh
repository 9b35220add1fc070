#!/usr/bin/env bash
# Graft and what one would use instead, training the same adapters on the same examples, in turns on an otherwise idle machine:
#   training.sh MODEL DATA PEFT_PYTHON MOE_PEFT_PYTHON [ROUNDS] [EXAMPLES] [THREADS]
# MODEL is a checkpoint of the Llama family, DATA a JSON array of instructions (samples/data/reasoning); the two
# environments are made by peers/setup.sh. Each peer runs in the setting in which it is fastest on a CPU.
set -euo pipefail
usage="usage: training.sh MODEL DATA PEFT_PYTHON MOE_PEFT_PYTHON [ROUNDS] [EXAMPLES] [THREADS]"
model=$(realpath "${1:?$usage}") data=$(realpath "${2:?$usage}")
peft=$(realpath -s "${3:?$usage}") moe_peft=$(realpath -s "${4:?$usage}")
rounds=${5:-2} examples=${6:-64} threads=${7:-2}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

peer() { # name, python, script, options
  local name=$1 python=$2 script=$3; shift 3
  echo "round $round of $rounds: $name" >&2
  (cd "$here/peers" && "$python" "$script" --model "$model" --data "$data" --examples "$examples" --batch 8 --every 1 \
    --dtype bf16 --threads "$threads" "$@") >"$out/$name.$round.jsonl"
}

graft() { # name, spec, options
  local name=$1 spec=$2; shift 2
  echo "round $round of $rounds: $name" >&2
  "$here/../graft" bench step "$here/specs/$spec.java" --base "$model" --data "$data" --threads "$threads" \
    --warmup 1 --times $((examples / 8 - 1)) --json "$@" >"$out/$name.$round.json"
}

for ((round = 1; round <= rounds; round++)); do
  peer peft "$peft" peft_lora.py --autocast --attention eager --save-init "$out/init"
  graft LoraRace LoraRace --start "$out/init"
  peer mola "$moe_peft" moe_peft_mola.py --gradient-checkpoint recompute --dropout 0.05
  graft MolaRace MolaRace
  graft MolaRecomputeRace MolaRace --recompute
  peer adamoe "$peft" adamoe_reference.py
  graft AdaMoeRace AdaMoeRace
  graft WideLoraRace WideLoraRace
done
"$peft" "$here/training_ratios.py" "$out"
