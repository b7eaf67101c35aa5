"""`python -m controller` runs the controller in the foreground."""

import sys

from controller.footprint import limit_arenas, spare_unused_imports

spare_unused_imports()

from controller.client import state_dir_from_environment  # noqa: E402 - after what must be known before
from controller.program import run  # noqa: E402

if __name__ == "__main__":
    limit_arenas()
    sys.exit(run(state_dir_from_environment()))
