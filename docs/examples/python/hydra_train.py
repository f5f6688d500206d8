"""varve run -- python3 hydra_train.py [lr=0.5]: overrides that are typed win, for the last one counts."""

import os
import sys

if "VARVE_SNAPSHOT" in os.environ:
    import settings

    sys.argv[1:1] = settings.overrides()

# With Hydra, the next line is `@hydra.main(...)`, which reads these overrides from sys.argv.
print("\n".join(sys.argv[1:]))
