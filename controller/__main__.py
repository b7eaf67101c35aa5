"""`python -m controller` runs the controller in the foreground."""

import sys

from controller.client import state_dir_from_environment
from controller.program import run

if __name__ == "__main__":
    sys.exit(run(state_dir_from_environment()))
