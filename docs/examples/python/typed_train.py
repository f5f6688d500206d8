"""varve run -- python3 typed_train.py"""

import json

import settings

config = settings.load()
step = config.steps * config.lr  # a float, also where the file has 1
print(json.dumps({"lr": config.lr, "type": type(config.lr).__name__, "resume_from": config.resume_from}))
print(json.dumps([config.shuffle, config.betas, config.optimizer.name, config.optimizer.kwargs, config.lambda_]))
print(json.dumps({"has_token": bool(config.tracker.token), "step": step}))
