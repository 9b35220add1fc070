#!/usr/bin/env bash
# Makes a virtual environment with the peers' versions (Python 3.11 or 3.12; about 6 GB): setup.sh FOLDER
set -euo pipefail
venv=${1:?usage: setup.sh FOLDER}
[[ -x $venv/bin/pip ]] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.23.0 peft==0.21.2 \
  accelerate==1.15.0 tokenizers==0.23.3 safetensors==0.8.0 huggingface_hub==2.4.0 numpy==2.4.6
