"""varve sweep --lr search:5 -- python3 scored_train.py"""

import json
import math
import os

import settings

config = settings.load()
loss = abs(math.log10(config.lr) + 2) + (0.5 if config.optimizer.name == "sgd" else 0)
with open(os.path.join(os.environ["VARVE_RUN_FOLDER"], "result.json"), "w") as file:
    json.dump({"loss": loss}, file)
