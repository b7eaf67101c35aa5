"""Hostile and mistaken files are refused with a place, whatever they hold."""

import pytest

from tests.desired_state.texts import container, problems

TEN = ", ".join(["*{0}"] * 10)
BOMB = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [{TEN.format(f'a{n - 1}')}]\n" for n in range(1, 10))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(BOMB, "stdin:7:15: more than 250000 values in one file", id="alias bomb"),
        pytest.param("a: &a [*a]", "stdin:1:8: *a stands inside of what it refers to", id="self-reference"),
        pytest.param("a: *b", "stdin:1:4: nothing before this is anchored as &b", id="unknown alias"),
        pytest.param(CHAIN, "nested more than 50 levels deep", id="depth through aliases"),
        pytest.param("[" * 51, "stdin:1:51: nested more than 50 levels deep", id="depth"),
        pytest.param("- " * 200_000, "stdin:1:101: nested more than 50 levels deep", id="depth of blocks"),
        pytest.param("".join(f"k{n}: 1\n" for n in range(100_000)), "stdin:100000:1: more than 100000 keys", id="keys"),
        pytest.param("x" * (3 << 20) + "x", "stdin: larger than 3 MiB; split it", id="size"),
        pytest.param("a: !!python/object:os.system x", "stdin:1:4: tags are not accepted", id="python tag"),
        pytest.param("a: !reset 1", "stdin:1:4: tags are not accepted (!reset)", id="private tag"),
        pytest.param("<<: 1", "stdin:1:5: << merges a map or a list of maps", id="merge of a number"),
        pytest.param("[a]: 1", "stdin:1:1: a key must be text", id="list as key"),
        pytest.param("?\n: 1", "stdin:1:2: a key is missing before the colon", id="empty key"),
        pytest.param("a:\n\tb: 1", "stdin:2:1: not valid YAML: a tab can't indent; use spaces", id="tab"),
        pytest.param("a: @b", "stdin:1:4: not valid YAML: a value can't begin with '@'", id="reserved character"),
        pytest.param("a: b: c", "stdin:1:5: not valid YAML: a colon here starts a map", id="colon"),
        pytest.param('a: "b', "not valid YAML: a quote is not closed", id="quote"),
        pytest.param('a: "\\0"', "stdin:1:4: a value can't hold a NUL character", id="escaped NUL"),
        pytest.param(b"a: \xff", "stdin:1:4: not UTF-8: byte 0xff", id="not UTF-8"),
        pytest.param("é: ä\nb: ".encode() + b"\xc3", "stdin:2:4: not UTF-8", id="cut UTF-8"),
        pytest.param("a: 1".encode("utf-16"), "stdin:1:1: this is UTF-16; save it as UTF-8", id="UTF-16"),
        pytest.param("a: \0", "stdin:1:4: the invisible character U+0000", id="NUL"),
        pytest.param("a: \x1b[31m", "stdin:1:4: the invisible character U+001B", id="control character"),
        pytest.param("name: we\u202eb", "stdin:1:9: the invisible character U+202E", id="bidi"),
        pytest.param("just text", "stdin:1:1: a document is a map with apiVersion", id="no map"),
        pytest.param(
            "{services: {web: {image: x}}, kind: Container}", "stdin:1:2: unknown field", id="half a Compose file"
        ),
    ],
)
def test_what_is_no_state_file_is_refused_at_its_place(text: str | bytes, problem: str) -> None:
    assert any(problem in found for found in problems(text))


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("imgae: x", '5:3: Container "web": unknown field "imgae"; did you mean "image"?'),
        ("image: x\nzzz: 1", '6:3: Container "web": unknown field "zzz"'),
        ("image: [x]", '5:10: Container "web": image must be text'),
        ("image: 5", '5:10: Container "web": image must be text; write "5" in quotes'),
        ("image: ''", '5:10: Container "web": image must not be empty'),
        ("command: [a]", '5:3: Container "web": image is missing'),
        ("image: x\nenvironment: 5", '6:16: Container "web": environment must be a map of keys and values'),
        ("image: x\nports: 80", '6:10: Container "web": ports must be a list'),
        ("image: x\ntty: maybe", '6:8: Container "web": tty must be true or false, not "maybe"'),
        ("image: x\nrestart: sometimes", '6:12: Container "web": restart must be'),
        ("image: x\nreplicas: -1", '6:13: Container "web": replicas must be at least 0, not -1'),
        ("image: x\nreplicas: 1000000000", '6:13: Container "web": replicas must be at most 1000, not 1000000000'),
        ("image: x\nreplicas: " + "9" * 5000, '6:13: Container "web": replicas'),
        ("image: x\nreplicas: 2020-99-99", '6:13: Container "web": replicas must be a whole number, not "2020-99-99"'),
        ("image: x\nports: [22:22, 0:0]", "6:18: Container \"web\": ports[1]: '0:0' asks for port 0"),
        ("image: x\nports: ['80:70000']", "6:11: Container \"web\": ports[0]: '70000' is not a port"),
        ("image: x\nports: [{target: 0}]", '6:20: Container "web": ports[0].target must be at least 1, not 0'),
        ("image: x\nmem_limit: 1e309", "6:14: Container \"web\": mem_limit: '1e309' is not a size"),
        ("image: x\nmem_limit: " + "9" * 400, '6:14: Container "web": mem_limit: a size lies between 0 and 2**63'),
        ("image: x\ncpus: .inf", '6:9: Container "web": cpus'),
        ("image: x\nimage: y", '6:3: "image" is written twice in one map; first in line 5, column 3'),
        (
            "image: x\nprobes: {liveness: {http: {port: 80, pth: /}}}",
            'unknown field "pth" in probes.liveness.http; did you mean "path"?',
        ),
        (
            "image: x\nprobes: {liveness: {interval: 1s}}",
            '6:22: Container "web": probes.liveness: a probe asks exactly one question',
        ),
        (
            "image: x\nprobes: {liveness: {tcp: 80, redis: {}}}",
            "probes.liveness: a probe asks exactly one question, not tcp and redis",
        ),
        ("image: x\nprobes: {startup: {log: '('}}", "probes.startup.log: '(' is not a regular expression"),
        ("image: x\nprobes: {startup: {exec: []}}", "probes.startup.exec must not be empty"),
        ("image: x\nprobes: {readiness: {redis: 70000}}", "probes.readiness.redis must be at most 65535"),
        (
            "image: x\nprobes: {liveness: {log: up}}",
            "probes: liveness: a line that was printed once says nothing of now",
        ),
        ("image: x\ndepends_on: {db: {condition: healthy}}", '6:32: Container "web": depends_on.db.condition must be'),
        ("image: x\ndepends_on: [web]", '6:16: Container "web": depends on itself'),
        ("image: {resorce: x}", 'unknown field "resorce" in image; did you mean "resource"?'),
        (
            "image: x\nvolumes: ['data:/data']",
            '6:13: Container "web": no Volume "data" in namespace default; declare it',
        ),
        ("image: $", "5:10: '$' begins no variable; write $$"),
        ("image: ${A:-${B}}", "5:10: variable B is not set"),
        ("image: ${A", "5:10: '${A' begins no variable"),
        ("image: ${A:?name it}", "5:10: variable A is needed: name it"),
        ("image: $A", "5:10: variable A is not set"),
    ],
)
def test_a_mistake_in_a_spec_is_named_at_its_place(spec: str, problem: str) -> None:
    assert any(problem in found for found in problems(container(spec)))


@pytest.mark.parametrize("name", ["x" * 64, "a..b", "a/b", "-a", "a-", ".a", "Web", "wéb", '"a b"', '""', "'a\\n'"])
def test_a_name_that_dns_or_docker_would_refuse_is_refused(name: str) -> None:
    (problem,) = problems(container("image: x", name=name))

    assert problem.startswith("stdin:3:18: Container")
    assert "name: " in problem


def test_a_name_in_capitals_is_answered_with_the_right_one() -> None:
    (problem,) = problems(container("image: x", name="Web"))

    assert problem.endswith('write "web"')


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            "kind: Container\nmetadata: {name: a}\nspec: {image: x}",
            "1:1: apiVersion is missing; write apiVersion: ergon/v1",
        ),
        ("apiVersion: v1\nkind: Network\nmetadata: {name: a}", "1:13: apiVersion must be ergon/v1"),
        ("apiVersion: ergon/v1\nmetadata: {name: a}", "1:1: kind is missing; write one of Container"),
        (
            "apiVersion: ergon/v1\nkind: Contaner\nmetadata: {name: a}",
            'Config, Secret, Project, Solution; did you mean "Container"?',
        ),
        ("apiVersion: ergon/v1\nkind: Network", "1:1: Network: metadata is missing"),
        ("apiVersion: ergon/v1\nkind: Network\nmetadata: {}", "3:11: Network: name is missing"),
        (
            "apiVersion: ergon/v1\nkind: Network\nmetadata: {name: a}\nspce: {}",
            '4:1: unknown field "spce"; did you mean "spec"?',
        ),
        ("apiVersion: ergon/v1\nkind: Network\nmetadata: {name: a}\nspec: []", '4:7: Network "a": spec must be a map'),
        (
            "apiVersion: ergon/v1\nkind: Secret\nmetadata: {name: a}",
            'Secret "a": a secret has exactly one of env or file',
        ),
    ],
)
def test_a_mistake_around_a_spec_is_named_at_its_place(document: str, problem: str) -> None:
    assert any(f"stdin:{problem}" in found or problem in found for found in problems(document))


def test_all_problems_of_all_documents_are_reported_in_the_order_of_the_text() -> None:
    found = problems(container("imgae: x\nreplicas: -1"), container("image: x\nport: []", name="db"))

    assert [problem.split(":")[1] for problem in found] == ["5", "5", "6", "13"]


def test_thousands_of_problems_end_after_a_screenful() -> None:
    found = problems("".join("a: 1\n" for _ in range(1000)))

    assert len(found) == 51
    assert found[-1].endswith("and 953 more problems")


def test_a_message_can_not_disturb_the_terminal() -> None:
    (unknown, _) = problems(container('"\\e[31mred": 1'))

    assert unknown.isprintable()


def test_a_variable_may_not_fill_the_memory() -> None:
    found = problems(container("image: x\ncommand: " + "$A" * 1000), environment={"A": "x" * 100_000})

    assert "add up to more than" in found[0]
