"""Projects and solutions are declared like everything else, and refused where they can't be meant so."""

import pytest

from desired_state.resource import from_document, to_document
from desired_state.solution import SolutionSpec
from tests.desired_state.texts import problems, read


def document(kind: str, spec: str) -> str:
    lines = "".join(f"  {line}\n" for line in spec.splitlines())
    return f"apiVersion: ergon/v1\nkind: {kind}\nmetadata: {{name: shop}}\nspec:\n{lines}"


def test_a_project_is_a_folder_from_the_root_on() -> None:
    [resource] = read(document("Project", "path: ./shop\ntitle: The Shop\ndocker: {app: api, port: 8000}")).resources

    assert str(resource.spec.declared()["path"]).endswith("/shop")
    assert str(resource.spec.declared()["path"]).startswith("/")
    assert from_document(to_document(resource)) == resource


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("title: nowhere", "needs a path, or the address of a git repository"),
        ("git: --upload-pack=evil", "no address of a git repository"),
        ("git: 'https://ann:hush@example.com/shop.git'", "a password does not belong"),
        ("path: .\nbranch: main", "only a git repository has branches"),
        ("path: .\ndocker: {base: debian, mirror: m}", "nothing left for a mirror"),
        ("path: .\nid: ../x", "id"),
        ("path: .\ndocker: {prot: 1}", 'did you mean "port"'),
    ],
)
def test_a_project_that_can_not_be_meant_is_refused(spec: str, problem: str) -> None:
    assert any(problem in one for one in problems(document("Project", spec)))


def test_a_solution_says_how_it_is_built_and_what_it_needs() -> None:
    spec = """context: ./shop
exposed_ports: [8000, 53/udp]
environment: {DEBUG: "0", API_KEY: null, PASSWORD: {secret: db}}
container_ci: {capabilities: [monitoring, logs]}
provenance: {project: shop, revision: 5f2c1ab, content: "12"}"""

    [resource] = read(document("Solution", spec)).resources

    solution = resource.spec
    assert isinstance(solution, SolutionSpec)
    assert (solution.exposed_ports, solution.environment["API_KEY"]) == (["8000", "53/udp"], None)
    assert from_document(to_document(resource)) == resource


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("exposed_ports: [99999]", "'99999' is no port"),
        ("dockerfile_path: ../Dockerfile", "relative to the context"),
        ("volumes: [data]", "no folder of a container"),
        ("image: shop/web:1.4", "named without a tag"),
        ("container_ci: {capabilities: [flying]}", "capabilities"),
    ],
)
def test_a_solution_that_can_not_be_meant_is_refused(spec: str, problem: str) -> None:
    assert any(problem in one for one in problems(document("Solution", f"context: .\n{spec}")))
