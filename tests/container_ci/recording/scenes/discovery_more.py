"""The same software as elsewhere, started in other ways: wrapped, configured by files, several at once."""

from tests.container_ci.recording.scene import Box, Scene, node, python, service, services
from tests.container_ci.recording.scenes.discovery_apps import _EXPRESS, _FASTAPI, _FLASK, _STARLETTE, _WSGI, _package

_PG = "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf"
_CLUSTER = (
    "const cluster = require('cluster');\nif (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else {\n"
    + _EXPRESS
    + "}\n"
)
_SUPERVISOR = "[supervisord]\nnodaemon=true\nuser=root\n[program:cache]\ncommand=memcached -u memcache -p 11300\n[program:clock]\ncommand=cron -f\n"
_NGINX = "daemon off;\nevents {}\nhttp { server { listen %s; return 200 ok; } }\n"


def _held(
    name: str,
    title: str,
    software: str,
    box: Box,
    *found: dict[str, object],
    supervisor: str = "",
    forbid: tuple[str, ...] = (),
) -> Scene:
    return Scene(name, title, software, box, services(*found, supervisor=supervisor), forbid, held_out=True, rest_s=1)


SCENES = [
    Scene(
        "go-own-server",
        "A Go program of its own is unknown, with its port and language",
        "golang-go",
        Box(["/opt/go/hello"], "corp/hello:1", ready=8087),
        services(service("unknown-go|go-http", 8087)),
        ["caddy", "etcd", "prometheus"],
    ),
    _held(
        "redis-under-su",
        "Redis started by su as another user",
        "redis-server",
        Box(
            ["su", "redis", "-s", "/bin/sh", "-c", "redis-server --protected-mode no --port 6390 --dir /tmp"],
            "corp/kv:11",
            ready=6390,
        ),
        service("redis", 6390),
    ),
    _held(
        "redis-twice",
        "Two Redis in one container, started by a shell",
        "redis-server",
        Box(
            [
                "sh",
                "-c",
                "redis-server --protected-mode no --port 6379 & exec redis-server --protected-mode no --port 6380 --dir /tmp",
            ],
            "corp/kv:12",
            ready=6380,
        ),
        service("redis", 6379),
        service("redis", 6380),
    ),
    _held(
        "postgres-entrypoint",
        "PostgreSQL behind an entrypoint script and gosu",
        "postgresql-15 gosu",
        Box(
            ["postgres"],
            "corp/db:12",
            ('ENTRYPOINT ["/docker-entrypoint.sh"]',),
            {"/docker-entrypoint.sh": f"#!/bin/bash\nset -e\nexec gosu postgres {_PG} -c listen_addresses='*'\n"},
            ready="ready to accept",
        ),
        service("postgresql", 5432),
    ),
    _held(
        "nginx-under-dumb-init",
        "nginx behind dumb-init and a shell, on two ports",
        "nginx-light dumb-init",
        Box(
            ["dumb-init", "sh", "-c", "nginx -c /n.conf"],
            "corp/web:71",
            files={"/n.conf": _NGINX % "8080; listen 8443"},
            ready=8443,
        ),
        service("nginx", 8080),
    ),
    _held(
        "mosquitto-under-tini",
        "Mosquitto behind tini on another port",
        "mosquitto tini",
        Box(
            ["tini", "--", "mosquitto", "-c", "/m.conf"],
            "corp/mqtt:71",
            files={"/m.conf": "listener 8883\nallow_anonymous true\n"},
            ready=8883,
        ),
        service("mosquitto", 8883),
    ),
    _held(
        "blackbox-exporter",
        "The blackbox exporter",
        "prometheus-blackbox-exporter",
        Box(["prometheus-blackbox-exporter", "--config.file=/etc/prometheus/blackbox.yml"], "corp/probe:1", ready=9115),
        service("prom-exporter", 9115),
        forbid=("prometheus",),
    ),
    _held(
        "gunicorn-config-file",
        "gunicorn whose port is in its configuration file",
        "py:gunicorn",
        Box(
            "gunicorn -c gunicorn.conf.py main:app",
            "corp/api:71",
            python("asgi"),
            {"/srv/app/gunicorn.conf.py": "bind = '0.0.0.0:8031'\nworkers = 2\n", "/srv/app/main.py": _WSGI},
            ready=8031,
        ),
        service("gunicorn", 8031),
    ),
    _held(
        "gunicorn-module",
        "python -m gunicorn",
        "py:gunicorn",
        Box(
            "python -m gunicorn --bind=0.0.0.0:8032 main:app",
            "corp/api:72",
            python("asgi"),
            {"/srv/app/main.py": _WSGI},
            ready=8032,
        ),
        service("gunicorn", 8032),
        forbid=("uvicorn",),
    ),
    _held(
        "flask-in-script",
        "A Flask application that serves itself",
        "py:flask",
        Box(
            "python main.py",
            "corp/api:73",
            python("flask"),
            {"/srv/app/main.py": _FLASK + "app.run(host='0.0.0.0', port=8033)\n"},
            ready=8033,
        ),
        service("flask|unknown-python", 8033, server="*"),
    ),
    _held(
        "uvicorn-in-script",
        "A FastAPI application that starts uvicorn itself",
        "py:fastapi py:uvicorn",
        Box(
            "python main.py",
            "corp/api:74",
            python("fast"),
            {"/srv/app/main.py": _FASTAPI + "import uvicorn\nuvicorn.run(app, host='0.0.0.0', port=8034)\n"},
            ready=8034,
        ),
        service("fastapi|uvicorn|unknown-python", 8034, server="*"),
    ),
    _held(
        "uvicorn-reload",
        "uvicorn that watches its files",
        "py:uvicorn py:starlette",
        Box(
            "uvicorn main:app --reload --host 0.0.0.0 --port 8035",
            "corp/api:75",
            python("asgi"),
            {"/srv/app/main.py": _STARLETTE},
            ready="Application startup complete",
        ),
        service("uvicorn", 8035),
        forbid=("fastapi",),
    ),
    _held(
        "express-cluster",
        "Express in a cluster of processes",
        "npm:express",
        Box(
            "node server.js",
            "corp/bff:71",
            node("ENV PORT=3010"),
            {"/srv/app/server.js": _CLUSTER, "/srv/app/package.json": _package("server.js", express="5")},
            ready=3010,
        ),
        service("express", 3010, server="node|"),
    ),
    _held(
        "caddy-file-server",
        "Caddy as a server of files",
        "caddy",
        Box("caddy file-server --listen :8036 --root /srv", "corp/files:71", ready=8036),
        service("caddy", 8036),
    ),
    _held(
        "uwsgi-http-router",
        "uWSGI with its router of HTTP as a process of its own",
        "uwsgi-core",
        Box(
            "uwsgi --plugin python3 --http :8037 --wsgi-file /app.py --master --processes 2",
            "corp/intranet:71",
            files={"/app.py": "def application(env, start):\n    start('200 OK', [])\n    return [b'ok']\n"},
            ready=8037,
        ),
        service("uwsgi", 8037),
    ),
    _held(
        "php-under-shell",
        "PHP's built-in server behind a shell",
        "php-cli",
        Box(["sh", "-c", "php -S 0.0.0.0:8038 -t /srv; echo ended"], "corp/tool:71", ready=8038),
        service("php-cli", 8038),
    ),
    _held(
        "supervisord-two",
        "supervisord with memcached and cron",
        "supervisor memcached cron",
        Box("/usr/bin/supervisord -c /s.conf", "corp/pair:71", files={"/s.conf": _SUPERVISOR}, ready=11300),
        service("memcached", 11300),
        service("cron"),
        supervisor="supervisord",
    ),
]
