"""varve run -- python3 argparse_train.py [--lr 0.5]: flags that are typed win, all others come from varve."""

import argparse
import dataclasses
import os

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--resume-from", default=None)
parser.add_argument("--shuffle", action=argparse.BooleanOptionalAction, default=False)
parser.add_argument("--betas", type=float, nargs="*", default=[])
if "VARVE_SNAPSHOT" in os.environ:
    import settings

    parser.set_defaults(**dataclasses.asdict(settings.load()))
args = parser.parse_args()
print(args.lr, args.steps, args.resume_from, args.shuffle, args.betas)
