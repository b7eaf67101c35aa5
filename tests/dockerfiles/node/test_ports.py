"""Where programs listen: whatever way their authors found to say it."""

import pytest

from dockerfiles.languages.node.code import Code
from dockerfiles.languages.node.ports import listeners
from dockerfiles.tree import in_memory

BESIDE = {
    "config.ts": "export default {\n mode: process.env.NODE_ENV,\n port: parseInt(process.env.PORT, 10) || 4321,\n}",
    "env.ts": "export const env = z.object({ PORT: z.coerce.number().default(3456) }).parse(process.env)",
}


@pytest.mark.parametrize(
    ("program", "port", "variables"),
    [
        ("const port = process.env.PORT || 3000\napp.listen(port, () => log(`on ${port}`))", 3000, ["PORT"]),
        ("app.listen(process.env.PORT ?? 4100)", 4100, ["PORT"]),
        ("var port = normalizePort(process.env.PORT || '3001');\nserver.listen(port);", 3001, ["PORT"]),
        ("app.set('port', process.env.PORT || 5000)\nserver.listen(app.get('port'))", 5000, ["PORT"]),
        ("const { PORT = 8081 } = process.env;\napp.listen(PORT)", 8081, ["PORT"]),
        ("const PORT: number = parseInt(process.env.PORT || '7000', 10)\napp.listen({ port: PORT })", 7000, ["PORT"]),
        ("const port = process.env.PORT ? Number(process.env.PORT) : 3005\napp.listen(port)", 3005, ["PORT"]),
        ("const DEFAULT = 8123\nconst port = +(process.env.PORT ?? `${DEFAULT}`)\napp.listen(port)", 8123, ["PORT"]),
        ("const c = { web: { port: process.env.APP_PORT || 6000 } }\napp.listen(c.web.port)", 6000, ["APP_PORT"]),
        ("import config from './config'\napp.listen(config.port)", 4321, ["PORT"]),
        ("import { env } from './env'\napp.listen(env.PORT)", 3456, ["PORT"]),
        ("await app.listen(configService.get<number>('PORT', 3030))", 3030, ["PORT"]),
        ("Bun.serve({ port: 3333, fetch() { return new Response('x') } })", 3333, []),
        ("export default { port: 4000, fetch: app.fetch }", 4000, []),
        ("const server = Hapi.server({ port: 3100, host: 'localhost' })", 3100, []),
        ("new WebSocketServer({ port: 8080 })", 8080, []),
        ("server.bindAsync('0.0.0.0:50051', credentials, () => {})", 50051, []),
        ("await startStandaloneServer(server, { listen: { port: 4001 } })", 4001, []),
        ("// app.listen(9999)\nconst text = 'app.listen(9998)'; const p = 3002;\napp.listen(p)", 3002, []),
        ("server.listen().then(({ url }) => {})", None, []),
    ],
)
def test_a_port_is_found_wherever_it_is_written(program: str, port: int | None, variables: list[str]) -> None:
    code = Code(in_memory({"index.ts": program, **BESIDE}))

    found = listeners(code, ["index.ts"])

    assert [(one.port, list(one.variables)) for one in found] == [(port, variables)]


@pytest.mark.parametrize(
    "program",
    [
        "window.addEventListener('listen', () => {})",
        "server.listen('/run/app.sock')",
        "const wss = new WebSocketServer({ server })",
        "/* app.listen(3000) */",
    ],
)
def test_what_does_not_listen_on_a_port_has_none(program: str) -> None:
    assert listeners(Code(in_memory({"index.js": program})), ["index.js"]) == []


def test_listening_on_loopback_is_noticed() -> None:
    code = Code(in_memory({"index.js": "const host = process.env.HOST || 'localhost'\nserver.listen(3000, host)"}))

    (found,) = listeners(code, ["index.js"])

    assert found.on_loopback
    assert found.host_variables == ("HOST",)
