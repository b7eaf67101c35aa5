"""Write the generated Dockerfiles into the samples anew: `python -m tests.dockerfiles.goldens [NAME...]`."""

import re
import sys

from tests.dockerfiles.samples import Sample, every, failure, generated

_BEFORE = re.compile(r"^=== Dockerfile(?: of \S+)? ===$", re.MULTILINE)


def rewritten(sample: Sample) -> str:
    """Return the text of a sample with what is generated now."""
    text = _BEFORE.split(sample.path.read_text())[0].rstrip("\n") + "\n"
    if failure(sample):
        return text
    made = generated(sample)
    return text + "".join(
        f"=== Dockerfile{f' of {one.analysis.root}' if len(made) > 1 else ''} ===\n{one.dockerfile}" for one in made
    )


def main(names: list[str]) -> None:
    for sample in every():
        if not names or any(name in sample.name for name in names):
            sample.path.write_text(rewritten(sample))


if __name__ == "__main__":
    main(sys.argv[1:])
