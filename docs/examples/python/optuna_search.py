"""Optuna chooses the values, `varve sweep --ask` runs the trainer with them: python3 optuna_search.py TRIALS JOBS"""

import json
import subprocess
import sys

import optuna

SWEEP = ["npx", "--no-install", "varve", "sweep", "--ask"]
TRAINER = ["--", "python3", "scored_train.py"]


def values_of(trial):
    return {
        "lr": trial.suggest_float("lr", 1e-6, 1, log=True),
        "optimizer": {"name": trial.suggest_categorical("optimizer.name", ["adam", "sgd"])},
    }


def main(trials=20, jobs=2):
    sweep = subprocess.Popen(
        [*SWEEP, "--jobs", str(jobs), *TRAINER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=7))
    asked = {}
    for started in range(1, trials + jobs + 1):
        if started > jobs:  # every job has a configuration: wait for one that ends
            answer = json.loads(sweep.stdout.readline())
            trial = asked.pop(answer["line"])
            result = answer.get("result")
            if result is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, result["loss"])
        if started <= trials:
            asked[started] = study.ask()
            sweep.stdin.write(json.dumps(values_of(asked[started])) + "\n")
    sweep.stdin.close()
    sweep.wait()
    print(json.dumps({"trials": len(study.trials), "best": study.best_params}))


main(*map(int, sys.argv[1:]))
