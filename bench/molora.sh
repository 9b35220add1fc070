#!/usr/bin/env bash
# MoLORA in its published einsum form and in Graft's, in turns on an otherwise idle machine: molora.sh PYTHON [ROUNDS] [SECONDS] [THREADS]
# PYTHON is that of an environment made by peers/setup.sh; SECONDS are those of each precision in each round.
set -euo pipefail
python=$(realpath -s "${1:?usage: molora.sh PYTHON [ROUNDS] [SECONDS] [THREADS]}")
rounds=${2:-3} seconds=${3:-20} threads=${4:-2}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds, load $(cut -d' ' -f1-3 /proc/loadavg)" >&2
  (cd "$here/peers" && "$python" molora_einsum.py --seconds "$seconds" --threads "$threads") >"$out/peer-$round.json"
  "$here/../graft" bench molora --seconds "$seconds" --threads "$threads" --json >"$out/graft-$round.json"
done
"$python" "$here/molora_ratios.py" "$out"
