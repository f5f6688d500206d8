"""varve sweep --lr search:5 -- python3 scored_train.py; varve run -- python3 scored_train.py writes run/result.json"""

import json
import math
import os

import settings

config = settings.load()
loss = abs(math.log10(config.lr) + 2) + (0.5 if config.optimizer.name == "sgd" else 0)
folder = os.environ.get("VARVE_RUN_FOLDER", "run")  # only a sweep sets it
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "result.json"), "w") as file:
    json.dump({"loss": loss}, file)
