"""Ports, names and dependencies that did not meet."""

from tests.container_ci.recording.scene import Actor, Box, Scene, cause, in_turn, python
from tests.container_ci.recording.scenes.discovery_apps import _STARLETTE

_PG = "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf -c hba_file=/hba -c listen_addresses=*"
_DB = Box(
    _PG,
    "postgres:15",
    ("USER postgres",),
    {"/hba": "local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n"},
    ready="ready to accept",
    network="shop",
)
_OPEN_DB = Box(
    _PG,
    "postgres:15",
    ("USER postgres",),
    {"/hba": "local all all trust\nhost all all 0.0.0.0/0 trust\n"},
    ready="ready to accept",
    network="shop",
)
_REDIS = Box("redis-server --protected-mode no", "redis:7", ready=6379, network="shop")
_PING = "import redis\nclient = redis.Redis(host='%s', port=%d)\nclient.set('a', 1)\nprint('connected', flush=True)\nimport time\ntime.sleep(600)\n"
_SQL = "import psycopg2, time\nconnection = psycopg2.connect(host='db', user='%s', password='%s', dbname='%s')\nprint('connected', flush=True)\nconnection.cursor().execute('select * from orders')\ntime.sleep(600)\n"
_RETRY = "import redis, time\nclient = redis.Redis(host='cache', port=6379)\nwhile True:\n    try:\n        client.ping()\n        break\n    except redis.ConnectionError as problem:\n        print(f'ERROR cache not there yet: {problem}', flush=True)\n        time.sleep(0.5)\nprint('connected', flush=True)\nwhile True:\n    time.sleep(1)\n"
_PORT = (
    "import socket\nprint('asking the pricing service', flush=True)\nsocket.create_connection(('%s', %d), timeout=2)\n"
)
_NGINX_UPSTREAM = "daemon off;\nerror_log /dev/stderr;\nevents {}\nhttp { server { listen 80; location / { proxy_pass http://%s:8000; } } }\n"


def _client(name: str, script: str) -> Box:
    return Box("python main.py", name, python("fast"), {"/srv/app/main.py": script}, ready="exit", network="shop")


def _stop_store_then_use(actor: Actor) -> None:
    actor.other("cache").stop(1)
    actor.start()
    actor.wait_exit()


SCENES = [
    Scene(
        "loopback-uvicorn",
        "uvicorn on loopback behind a published port",
        "py:uvicorn py:starlette",
        Box(
            "uvicorn main:app",
            "corp/api:21",
            python("asgi"),
            {"/srv/app/main.py": _STARLETTE},
            {"ports": {"8000/tcp": 18000}},
            8000,
        ),
        cause("listen-loopback-only"),
        ["published-port-not-listened", "not-listening-yet"],
    ),
    Scene(
        "loopback-mosquitto",
        "Mosquitto in local only mode behind a published port",
        "mosquitto",
        Box("mosquitto", "eclipse-mosquitto:2", options={"ports": {"1883/tcp": 11883}}, ready=1883),
        cause("listen-loopback-only"),
        ["published-port-not-listened"],
    ),
    Scene(
        "loopback-redis",
        "Debian's Redis behind a published port",
        "redis-server",
        Box(
            ["redis-server", "/etc/redis/redis.conf", "--daemonize", "no"],
            "corp/cache:9",
            options={"ports": {"6379/tcp": 16379}},
            ready=6379,
        ),
        cause("listen-loopback-only"),
        ["published-port-not-listened"],
        held_out=True,
    ),
    Scene(
        "published-other-port",
        "A published port on which nobody listens",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:31",
            files={"/n.conf": "daemon off;\nevents {}\nhttp { server { listen 8080; return 200 ok; } }\n"},
            options={"ports": {"80/tcp": 18082}},
            ready=8080,
        ),
        cause("published-port-not-listened"),
        ["listen-loopback-only", "not-listening-yet"],
        rest_s=31,
    ),
    Scene(
        "published-other-port-python",
        "A published port on which nobody listens, in Python",
        "py:gunicorn",
        Box(
            "gunicorn -b 0.0.0.0:8000 main:app",
            "corp/web:32",
            python("asgi"),
            {"/srv/app/main.py": "def app(env, start):\n    start('200 OK', [])\n    return [b'ok']\n"},
            {"ports": {"5000/tcp": 15000}},
            8000,
        ),
        cause("published-port-not-listened"),
        ["listen-loopback-only"],
        held_out=True,
        rest_s=31,
    ),
    Scene(
        "not-listening-yet",
        "A program that is still at its start",
        "python3",
        Box(
            [
                "python3",
                "-c",
                "import time\nprint('loading the model', flush=True)\nend = time.time() + 60\nwhile time.time() < end: sum(range(9999))",
            ],
            "corp/model:1",
            options={"ports": {"8000/tcp": 18001}},
            ready=3.0,
        ),
        cause("none|not-listening-yet"),
        ["published-port-not-listened", "listen-loopback-only"],
        how="asked three seconds after the start",
    ),
    Scene(
        "name-misspelt",
        "A host name that nobody has",
        "py:redis",
        _client("corp/basket:1", _PING % ("cahce", 6379)),
        cause("dns-failure"),
        ["dependency-down", "uncaught-exception", "dependency-refused"],
        beside={"cache": _REDIS},
    ),
    Scene(
        "no-shared-network",
        "Two containers without a network in common",
        "py:redis",
        Box(
            "python main.py",
            "corp/basket:2",
            python("fast"),
            {"/srv/app/main.py": _PING % ("cache", 6379)},
            ready="exit",
        ),
        cause("dns-failure"),
        ["dependency-down", "uncaught-exception"],
        beside={"cache": _REDIS},
        held_out=True,
    ),
    Scene(
        "nginx-upstream-unknown",
        "nginx names an upstream that nobody is",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/edge:3",
            files={"/n.conf": _NGINX_UPSTREAM % "shop-api"},
            ready="exit",
            network="shop",
        ),
        cause("dns-failure"),
        ["config-syntax", "unknown-exit"],
    ),
    Scene(
        "haproxy-upstream-unknown",
        "HAProxy names a server that nobody is",
        "haproxy",
        Box(
            "haproxy -db -f /h.cfg",
            "corp/lb:3",
            files={
                "/h.cfg": "defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nlisten a\n  bind *:80\n  server one shop-api:8000\n"
            },
            ready="exit",
            network="shop",
        ),
        cause("dns-failure"),
        ["unknown-exit"],
        held_out=True,
    ),
    Scene(
        "wrong-port",
        "The right host and a port on which it does not listen",
        "py:redis redis-server",
        _client("corp/basket:3", _PING % ("cache", 6380)),
        cause("dependency-refused"),
        ["dependency-down", "uncaught-exception", "dependency-localhost"],
        beside={"cache": _REDIS},
    ),
    Scene(
        "wrong-port-node",
        "Node.js and a port on which its dependency does not listen",
        "npm:ioredis redis-server",
        Box(
            ["node", "-e", "require('net').connect(6380, 'cache')"],
            "corp/basket:4",
            ("ENV NODE_PATH=/opt/node/node_modules",),
            ready="exit",
            network="shop",
        ),
        cause("dependency-refused"),
        ["uncaught-exception", "dependency-localhost"],
        beside={"cache": _REDIS},
        held_out=True,
    ),
    Scene(
        "localhost-meant-other",
        "localhost, where another container was meant",
        "py:redis redis-server",
        _client("corp/basket:5", _PING % ("localhost", 6379)),
        cause("dependency-localhost"),
        ["dependency-down", "uncaught-exception", "dns-failure"],
        beside={"cache": _REDIS},
    ),
    Scene(
        "localhost-postgres",
        "127.0.0.1, where the database is another container",
        "py:psycopg2-binary postgresql-15",
        _client("corp/orders:5", "import psycopg2\npsycopg2.connect(host='127.0.0.1', user='shop', dbname='shop')\n"),
        cause("dependency-localhost"),
        ["dependency-down", "uncaught-exception", "dependency-refused"],
        beside={"db": _OPEN_DB},
        held_out=True,
    ),
    Scene(
        "no-answer",
        "A host that never answers",
        "python3",
        Box("python3 /m.py", "corp/price:1", files={"/m.py": _PORT % ("172.17.0.77", 8000)}, ready="exit"),
        cause("dependency-timeout"),
        ["dependency-refused", "uncaught-exception", "unknown-exit"],
        how="connects to an address that nobody has",
    ),
    Scene(
        "dependency-stopped",
        "The container it depends on was stopped",
        "py:redis redis-server",
        Box(
            "python main.py",
            "corp/basket:6",
            python("fast"),
            {"/srv/app/main.py": _PING % ("cache", 6379)},
            ready="connected",
            network="shop",
        ),
        cause("dependency-down"),
        ["dns-failure", "uncaught-exception", "killed-by-user"],
        beside={"cache": _REDIS},
        act=in_turn(lambda actor: actor.stop(1), _stop_store_then_use),
        how="it ran well and was stopped; its cache was stopped; then it was started again",
    ),
    Scene(
        "dependency-crashed",
        "The database that it needs died of its configuration",
        "py:psycopg2-binary postgresql-15",
        _client(
            "corp/orders:6",
            "import psycopg2, time\ntime.sleep(1)\npsycopg2.connect(host='db', user='shop', dbname='shop')\n",
        ),
        cause("dependency-down"),
        ["dns-failure", "uncaught-exception"],
        beside={
            "db": Box(f"{_PG} -c shared_buffers=lots", "postgres:15", ("USER postgres",), ready="exit", network="shop")
        },
        held_out=True,
    ),
    Scene(
        "healed-dependency",
        "A dependency that came late, and all is well since",
        "py:redis redis-server",
        Box("python main.py", "corp/basket:7", python("fast"), {"/srv/app/main.py": _RETRY}, ready=2.0, network="shop"),
        cause(None),
        ["dependency-refused", "dns-failure", "dependency-down"],
        beside={
            "cache": Box(
                ["sh", "-c", "sleep 4; exec redis-server --protected-mode no"], "redis:7", ready=1.0, network="shop"
            )
        },
        act=in_turn(lambda actor: actor.wait_log("connected"), lambda actor: actor.rest(2)),
        how="its cache listened four seconds late",
    ),
    Scene(
        "redis-no-password",
        "Redis wants a password that was not given",
        "py:redis redis-server",
        _client("corp/basket:8", _PING % ("cache", 6379)),
        cause("auth-failed"),
        ["uncaught-exception", "dependency-refused"],
        beside={
            "cache": Box(
                "redis-server --requirepass hunter22 --protected-mode no", "redis:7", ready=6379, network="shop"
            )
        },
    ),
    Scene(
        "redis-wrong-password",
        "Redis was given a wrong password",
        "py:redis redis-server",
        _client("corp/basket:9", _PING.replace("port=%d", "port=%d, password='not-it'") % ("cache", 6379)),
        cause("auth-failed"),
        ["uncaught-exception"],
        beside={
            "cache": Box(
                "redis-server --requirepass hunter22 --protected-mode no", "redis:7", ready=6379, network="shop"
            )
        },
        held_out=True,
    ),
    Scene(
        "postgres-wrong-password",
        "PostgreSQL was given a wrong password",
        "py:psycopg2-binary postgresql-15",
        _client("corp/orders:7", _SQL % ("postgres", "wrong", "postgres")),
        cause("auth-failed"),
        ["uncaught-exception", "db-missing"],
        beside={"db": _DB},
    ),
    Scene(
        "mariadb-wrong-password",
        "MariaDB was given a wrong password",
        "py:PyMySQL mariadb-server",
        Box(
            "python main.py",
            "corp/orders:8",
            python("flask"),
            {"/srv/app/main.py": "import pymysql\npymysql.connect(host='sql', user='shop', password='wrong')\n"},
            ready="exit",
            network="shop",
        ),
        cause("auth-failed"),
        ["uncaught-exception", "dependency-refused"],
        beside={
            "sql": Box(
                [
                    "sh",
                    "-c",
                    "mkdir -p /run/mysqld && chown mysql /run/mysqld && exec mariadbd --user=mysql --bind-address=0.0.0.0",
                ],
                "mariadb:10.11",
                ready=3306,
                network="shop",
            )
        },
        held_out=True,
    ),
    Scene(
        "database-missing",
        "A database that was never created",
        "py:psycopg2-binary postgresql-15",
        _client("corp/orders:9", _SQL % ("postgres", "", "shop")),
        cause("db-missing"),
        ["uncaught-exception", "auth-failed", "migration-pending"],
        beside={"db": _OPEN_DB},
    ),
    Scene(
        "role-missing",
        "A role that was never created",
        "py:psycopg2-binary postgresql-15",
        _client("corp/orders:10", _SQL % ("shop", "", "postgres")),
        cause("db-missing|auth-failed"),
        ["uncaught-exception", "migration-pending"],
        beside={"db": _OPEN_DB},
        held_out=True,
    ),
    Scene(
        "table-missing",
        "A table that no migration made",
        "py:psycopg2-binary postgresql-15",
        _client("corp/orders:11", _SQL % ("postgres", "", "postgres")),
        cause("migration-pending"),
        ["uncaught-exception", "db-missing"],
        beside={"db": _OPEN_DB},
    ),
    Scene(
        "table-missing-sqlite",
        "A SQLite table that no migration made",
        "python3",
        Box(
            ["python3", "-c", "import sqlite3; sqlite3.connect('/tmp/a').execute('select * from orders')"],
            "corp/orders:12",
            ready="exit",
        ),
        cause("migration-pending"),
        ["uncaught-exception", "db-missing"],
        held_out=True,
    ),
    Scene(
        "tls-unknown-authority",
        "A certificate of an authority that the client does not know",
        "py:requests",
        Box(
            "python main.py",
            "corp/pay:1",
            python("flask"),
            {"/srv/app/main.py": "import requests\nprint(requests.get('https://bank:8443/'))\n"},
            ready="exit",
            network="shop",
        ),
        cause("tls-error"),
        ["uncaught-exception", "dependency-refused"],
        beside={
            "bank": Box(
                [
                    "sh",
                    "-c",
                    "openssl req -x509 -newkey rsa:2048 -nodes -keyout /k -out /c -days 9 -subj /CN=bank 2>/dev/null; exec openssl s_server -quiet -accept 8443 -www -key /k -cert /c",
                ],
                "corp/bank:1",
                ready=8443,
                network="shop",
            )
        },
    ),
    Scene(
        "tls-to-plain",
        "HTTPS asked of a port that speaks HTTP",
        "py:requests",
        Box(
            "python main.py",
            "corp/pay:2",
            python("flask"),
            {"/srv/app/main.py": "import requests\nprint(requests.get('https://bank:8000/'))\n"},
            ready="exit",
            network="shop",
        ),
        cause("tls-error"),
        ["uncaught-exception", "dependency-refused"],
        beside={"bank": Box("python3 -m http.server 8000", "corp/bank:2", ready=8000, network="shop")},
        held_out=True,
    ),
    Scene(
        "port-twice-inside",
        "Two servers on one port in one container",
        "nginx-light python3",
        Box(["sh", "-c", "nginx; exec python3 -m http.server 80"], "corp/mess:1", ready="exit"),
        cause("address-in-use-inside"),
        ["uncaught-exception", "port-allocated"],
    ),
    Scene(
        "port-twice-host-network",
        "A port that another container has in the host's network",
        "redis-server",
        Box(
            "redis-server --protected-mode no --port 6379",
            "redis:7",
            options={"network_mode": "host", "hostname": "host"},
            ready="exit",
        ),
        cause("address-in-use-inside"),
        ["unknown-exit", "port-allocated"],
        beside={
            "first": Box(
                "redis-server --protected-mode no",
                "redis:7",
                options={"network_mode": "host", "hostname": "host"},
                ready=6379,
            )
        },
        held_out=True,
    ),
    Scene(
        "redis-clients-limit",
        "Redis has as many clients as it may",
        "py:redis redis-server",
        _client(
            "corp/basket:12",
            _PING.replace(
                "client.set",
                "other = redis.Redis(host='cache'); other.ping(); third = redis.Redis(host='cache'); third.ping(); client.set",
            )
            % ("cache", 6379),
        ),
        cause("rate-or-conn-limit"),
        ["uncaught-exception", "dependency-refused", "auth-failed"],
        beside={"cache": Box("redis-server --protected-mode no --maxclients 1", "redis:7", ready=6379, network="shop")},
    ),
    Scene(
        "postgres-slots",
        "PostgreSQL has no slot left",
        "py:psycopg2-binary postgresql-15",
        _client(
            "corp/orders:14",
            "import psycopg2\nkept = [psycopg2.connect(host='db', user='postgres', dbname='postgres') for _ in range(40)]\n",
        ),
        cause("rate-or-conn-limit"),
        ["uncaught-exception", "auth-failed", "db-missing"],
        beside={
            "db": Box(
                f"{_PG} -c max_connections=10",
                "postgres:15",
                ("USER postgres",),
                _OPEN_DB.files,
                ready="ready to accept",
                network="shop",
            )
        },
        held_out=True,
    ),
]
