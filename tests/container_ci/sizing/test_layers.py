"""What the steps of an image say about it. Steps are as Docker's two builders write them."""

import pytest

from container_ci.sizing.layers import image_advice, shared_bytes
from observed_state.image import Image
from observed_state.usage import Layer

MIB = 1 << 20
GOOD = {"User": "app", "Cmd": ["serve"]}


def rules(
    *steps: str, size: int = 40 * MIB, config: dict[str, object] | None = None, reference: str = "web:1"
) -> list[str]:
    image = Image("sha256:1", size=100 * MIB, config=GOOD if config is None else config)
    return [one.rule for one in image_advice(image, [Layer(step, size) for step in steps], reference)]


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        ("/bin/sh -c apt-get update && apt-get install -y curl", "package-lists"),
        ("RUN /bin/sh -c apk add curl # buildkit", "package-lists"),
        ("RUN /bin/sh -c apt-get install -y gcc libpq-dev && rm -rf /var/lib/apt/lists/* # buildkit", "build-tools"),
        ("RUN /bin/sh -c pip install -r requirements.txt # buildkit", "pip-cache"),
        ("RUN |1 A=b /bin/sh -c npm ci # buildkit", "dev-dependencies"),
        ("RUN /bin/sh -c chown -R app /srv # buildkit", "modes-in-a-layer"),
        ("ADD https://example.org/tool.tar.gz /opt # buildkit", "remote-add"),
        ("RUN /bin/sh -c rm -rf /opt/cache # buildkit", "deleted-later"),
    ],
)
def test_a_step_that_wastes_bytes_is_quoted(step: str, rule: str) -> None:
    assert rules(step) == [rule]


@pytest.mark.parametrize(
    "step",
    [
        "/bin/sh -c apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*",
        "RUN /bin/sh -c apk add --no-cache curl # buildkit",
        "RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit",
        "RUN /bin/sh -c npm ci --omit=dev # buildkit",
        "RUN /bin/sh -c apk add --no-cache --virtual .b gcc && make && apk del .b # buildkit",
        '/bin/sh -c #(nop)  CMD ["serve"]',
        "COPY app /srv # buildkit",
        "RUN /bin/sh -c useradd app # buildkit",
    ],
)
def test_a_step_as_it_should_be_is_not_told(step: str) -> None:
    assert rules(step) == []


def test_copying_everything_before_installing_is_told_once() -> None:
    copy, install = "COPY . /app # buildkit", "RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit"

    assert rules(copy, install, install) == ["cache-bust"]
    assert rules(install, copy) == []


@pytest.mark.parametrize(
    ("config", "reference", "rule"),
    [
        ({"Cmd": ["serve"]}, "web:1", "runs-as-root"),
        ({"User": "app", "Cmd": ["/bin/sh", "-c", "serve"]}, "web:1", "shell-form"),
        (GOOD, "web:latest", "latest-tag"),
        (GOOD, "localhost:5000/web", "latest-tag"),
    ],
)
def test_what_the_image_says_of_itself_is_judged(config: dict[str, object], reference: str, rule: str) -> None:
    assert rules(config=config, reference=reference) == [rule]


def test_what_images_share_is_counted_up_to_where_they_part() -> None:
    base, mine, other = Layer("base", 70), Layer("mine", 20), Layer("other", 30)

    assert shared_bytes([base, mine], [[base, other], [other, mine]]) == 70
