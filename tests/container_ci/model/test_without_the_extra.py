"""An installation without the `ai` extra works, and says what is missing when a model is asked."""

import subprocess
import sys

# A None among the modules makes Python refuse the import, as if it were not installed.
_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("pydantic_ai", "openai", "httpx2")))
import console.cli.main, controller.program, container_ci.equipment, container_ci.model.answer
from container_ci.model.analyst import require_library
from container_ci.model.settings import NotConfigured
try:
    require_library()
except NotConfigured as refused:
    print(refused.message, "|", refused.hint)
"""


def test_everything_but_the_model_is_there_without_the_extra() -> None:
    ran = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "the library that speaks to models is not installed | install ergon-controller[ai]"
