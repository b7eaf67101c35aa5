"""Which variables a program can't do without."""

import pytest

from dockerfiles.analysis import Variable
from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.environment import variables
from dockerfiles.tree import in_memory


def found(program: str, **files: str) -> dict[str, Variable]:
    tree = in_memory({"index.ts": program, **files})
    code = Code(tree)
    return {variable.name: variable for variable in variables(code, code.files, tree)}


@pytest.mark.parametrize(
    "program",
    [
        "const url = process.env.WANTED",
        "connect(process.env.WANTED!)",
        "connect(process.env['WANTED'] as string)",
        "const { WANTED } = process.env",
        "const { WANTED: address } = process.env",
        "if (!process.env.WANTED) { throw new Error('set it') }",
        "const key = process.env.WANTED; if (!key) { log('no'); process.exit(1) }",
        "const url = `https://${process.env.WANTED}.example`",
        "const env = z.object({ WANTED: z.string().url() }).parse(process.env)",
        "const env = cleanEnv(process.env, { WANTED: str() })",
        "function must(n) { return n }\nconst x = mustEnv('WANTED')",
        "function readEnv(n) { const v = process.env[n]; if (!v) throw new Error(n); return v }\nreadEnv('WANTED')",
        "config.getOrThrow<string>('WANTED')",
        "for (const name of ['OTHER', 'WANTED']) { if (!process.env[name]) throw new Error(name) }",
        "env.get('WANTED').required().asString()",
        "Joi.object({ WANTED: Joi.string().required() }); const validationSchema = 1",
    ],
)
def test_a_variable_that_nothing_stands_in_for_is_required(program: str) -> None:
    assert found(program)["WANTED"].required


@pytest.mark.parametrize(
    ("program", "default"),
    [
        ("const a = process.env.SPARE || 'x'", "x"),
        ("const a = Number(process.env.SPARE) || 4", "4"),
        ("const a = parseInt(process.env.SPARE ?? '3', 10)", "3"),
        ("const { SPARE = 'info' } = process.env", "info"),
        ("if (process.env.SPARE === 'true') {}", None),
        ("const a = process.env.SPARE ? 1 : 2", None),
        ("const dsn = process.env.SPARE\nif (dsn) { init(dsn) }", None),
        ("const env = z.object({ SPARE: z.coerce.number().default(5) }).parse(process.env)", "5"),
        ("const env = z.object({ SPARE: z.string().optional() }).parse(process.env)", None),
        ("const env = cleanEnv(process.env, { SPARE: num({ default: 7 }) })", "7"),
        ("configService.get('SPARE', 60)", "60"),
        ("configService.get('SPARE')", None),
        ("const size = number(process.env.SPARE, 5)", "5"),
        ("const host = isLocal ? 'localhost' : process.env.SPARE", None),
        ("if (process.env.TLS_KEY) { use(process.env.TLS_KEY, process.env.SPARE) }", None),
        ("const port = [process.env.SPARE, process.env.PORT, 3000].find(Boolean)", None),
    ],
)
def test_a_variable_that_something_stands_in_for_is_not_required(program: str, default: str | None) -> None:
    variable = found(program)["SPARE"]

    assert not variable.required
    assert variable.default == default


def test_what_is_set_or_only_told_in_a_comment_is_not_read() -> None:
    assert found("// process.env.OLD\nprocess.env.MADE = '1'\nconst text = 'process.env.QUOTED'") == {}


def test_a_secret_never_shows_its_default() -> None:
    variable = found("const s = process.env.SESSION_SECRET || 'keyboard cat'")["SESSION_SECRET"]

    assert variable.secret
    assert variable.default is None


def test_the_names_of_an_example_count_and_its_values_do_not() -> None:
    example = found("", **{".env.example": "# mail\nSMTP_PASSWORD=hunter2\n"})["SMTP_PASSWORD"]

    assert (example.required, example.secret, example.default) == (False, True, None)
    assert example.source == ".env.example:2"
