"""What looks like a service and is none, several services in one container, shared networks, late and loopback listeners."""

from tests.container_ci.recording.scene import Box, Scene, node, python, service, services
from tests.container_ci.recording.scenes.discovery_apps import _EXPRESS, _LATE, _WSGI, _package

_REDIS = Box("redis-server --protected-mode no", "redis:7", ready=6379, network="shop")
_SUPERVISOR = """[supervisord]
nodaemon=true
user=root
logfile=/dev/null
[program:web]
command=nginx -c /n.conf
[program:app]
command=gunicorn -b 127.0.0.1:8012 main:app
directory=/srv/app
[program:cache]
command=redis-server --port 6379 --protected-mode no
"""
_NGINX = "daemon off;\nevents {}\nhttp { server { listen 8080; location / { proxy_pass http://127.0.0.1:8012; } } }\n"
_S6 = {
    "/srv/services/cache/run": "#!/bin/sh\nexec redis-server --protected-mode no\n",
    "/srv/services/web/run": "#!/bin/sh\nexec nginx -c /n.conf\n",
    "/n.conf": "daemon off;\nevents {}\nhttp { server { listen 80; return 200 ok; } }\n",
}
_CLIENT = "import redis, time\nclient = redis.Redis(host='store')\nclient.ping()\nprint('connected', flush=True)\nwhile True:\n    time.sleep(1)\n    client.ping()\n"
_UNKNOWN_UDP = "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('0.0.0.0', 9999))\ntime.sleep(600)\n"

SCENES = [
    Scene(
        "sleep-in-redis-image",
        "sleep in an image named redis is no Redis",
        "coreutils",
        Box("sleep 600", "redis:7.2", ("ENV REDIS_VERSION=7.2", "EXPOSE 6379")),
        services(),
        ["redis", "*"],
    ),
    Scene(
        "sleep-in-postgres-image",
        "sleep in an image named postgres is no PostgreSQL",
        "coreutils",
        Box(
            ["sh", "-c", "while :; do sleep 5; done"],
            "postgres:16",
            ("ENV PGDATA=/data PG_MAJOR=16 POSTGRES_PASSWORD=hunter22", "EXPOSE 5432"),
        ),
        services(),
        ["postgresql", "*"],
        held_out=True,
    ),
    Scene(
        "tail-of-nginx-log",
        "tail -f of nginx's log is no nginx",
        "coreutils",
        Box(["sh", "-c", "touch /var/log/nginx/access.log; exec tail -f /var/log/nginx/access.log"], "corp/tailer:1"),
        services(),
        ["nginx", "*"],
    ),
    Scene(
        "grep-redis-server",
        "grep for redis-server is no Redis",
        "grep",
        Box(["grep", "redis-server", "-"], "corp/watcher:1", options={"stdin_open": True}),
        services(),
        ["redis", "*"],
    ),
    Scene(
        "redis-cli-monitor",
        "A client of Redis is no Redis",
        "redis-server",
        Box("redis-cli -h store monitor", "corp/ops:1", network="shop"),
        services(),
        ["redis", "*"],
        beside={"store": _REDIS},
    ),
    Scene(
        "client-on-6379",
        "A program connected to port 6379 is no Redis",
        "py:redis",
        Box(
            "python main.py",
            "corp/consumer:1",
            python("tasks"),
            {"/srv/app/main.py": _CLIENT},
            ready="connected",
            network="shop",
        ),
        services(),
        ["redis", "*"],
        beside={"store": _REDIS},
        held_out=True,
        archive=("/srv/app/main.py",),
    ),
    Scene(
        "shell-named-myapp",
        "A shell that waits is no service",
        "bash",
        Box(["bash", "-c", "trap : TERM; while :; do sleep 1 & wait $!; done"], "corp/myredis-client:1"),
        services(),
        ["redis", "*"],
        held_out=True,
    ),
    Scene(
        "http-on-6379",
        "A Python web server on Redis's port is no Redis",
        "python3",
        Box("python3 -m http.server 6379", "corp/odd:1", ready=6379),
        services(service("python-http", 6379)),
        ["redis"],
    ),
    Scene(
        "netcat-on-5432",
        "Something that listens on PostgreSQL's port is unknown",
        "netcat-openbsd",
        Box("nc -lk 0.0.0.0 5432", "corp/odd2:1", ready=5432),
        services(service("unknown", 5432)),
        ["postgresql"],
        held_out=True,
    ),
    Scene(
        "nginx-in-redis-image",
        "nginx in an image named redis is nginx",
        "nginx-light",
        Box(["nginx", "-g", "daemon off;"], "library/redis:6", ("EXPOSE 6379",), ready=80),
        services(service("nginx", 80)),
        ["redis"],
    ),
    Scene(
        "supervisord-three",
        "supervisord with nginx, gunicorn and Redis",
        "supervisor nginx-light py:gunicorn redis-server",
        Box(
            "/usr/bin/supervisord -c /s.conf",
            "corp/allinone:1",
            python("asgi"),
            {"/s.conf": _SUPERVISOR, "/n.conf": _NGINX, "/srv/app/main.py": _WSGI},
            ready=8012,
        ),
        services(
            service("nginx", 8080),
            service("gunicorn", 8012, "loopback-only"),
            service("redis", 6379),
            supervisor="supervisord",
        ),
        rest_s=2,
        archive=("/s.conf", "/srv/app/main.py"),
    ),
    Scene(
        "s6-two",
        "s6 with Redis and nginx",
        "s6 redis-server nginx-light",
        Box("s6-svscan /srv/services", "corp/appliance:1", files=_S6, ready=6379),
        services(service("redis", 6379), service("nginx", 80), supervisor="s6"),
        rest_s=1,
    ),
    Scene(
        "shell-starts-two",
        "A shell script that starts cron and a web server",
        "cron nginx-light",
        Box(
            ["/start.sh"],
            "corp/portal:2",
            files={
                "/start.sh": "#!/bin/sh\ncron\nexec nginx -c /n.conf\n",
                "/n.conf": "daemon off;\nevents {}\nhttp { server { listen 8081; return 200 ok; } }\n",
            },
            ready=8081,
        ),
        services(service("nginx", 8081), service("cron")),
        archive=("/start.sh",),
        held_out=True,
    ),
    Scene(
        "supervisord-one-down",
        "supervisord whose second program gave up",
        "supervisor nginx-light",
        Box(
            "/usr/bin/supervisord -c /s.conf",
            "corp/pair:1",
            files={
                "/s.conf": "[supervisord]\nnodaemon=true\nuser=root\n[program:web]\ncommand=nginx -c /n.conf\n[program:worker]\ncommand=/nope\nstartretries=1\n",
                "/n.conf": _NGINX,
            },
            ready="FATAL",
        ),
        services(service("nginx", 8080), supervisor="supervisord"),
        archive=("/s.conf",),
        held_out=True,
    ),
    Scene(
        "init-option",
        "Docker's own init before memcached",
        "memcached",
        Box("memcached -u memcache", "corp/mc:1", ready=11211, options={"init": True}),
        services(service("memcached", 11211)),
    ),
    Scene(
        "host-network",
        "nginx in the host's network: only its own port counts",
        "nginx-light redis-server",
        Box(
            "nginx -c /n.conf",
            "corp/edge2:1",
            files={"/n.conf": _NGINX},
            options={"network_mode": "host", "hostname": "host"},
            ready=8080,
        ),
        services(service("nginx", 8080)),
        ["redis"],
        beside={
            "other": Box(
                "redis-server --protected-mode no",
                "redis:7",
                options={"network_mode": "host", "hostname": "host"},
                ready=6379,
            )
        },
        how="started in the host's network, where another container's Redis listens too",
    ),
    Scene(
        "shared-network",
        "A sidecar in the network of a Redis: the listener is not its own",
        "redis-server python3",
        Box(
            "python3 -m http.server 8025",
            "corp/sidecar:1",
            options={"network_mode": "container:main-redis"},
            ready=8025,
        ),
        services(service("python-http", 8025)),
        ["redis"],
        beside={"main-redis": Box("redis-server --protected-mode no", "redis:7", ready=6379)},
        held_out=True,
        how="started in the network of a container that runs Redis",
    ),
    Scene(
        "shared-network-sleep",
        "A sidecar that serves nothing in the network of a Redis",
        "redis-server",
        Box("sleep 600", "corp/sidecar2:1", options={"network_mode": "container:main-redis"}),
        services(),
        ["redis", "*"],
        beside={"main-redis": Box("redis-server --protected-mode no", "redis:7", ready=6379)},
        how="started in the network of a container that runs Redis",
    ),
    Scene(
        "late-listener-early",
        "A Node.js server that does not listen yet, a moment after its start",
        "node",
        Box(
            "node server.js",
            "corp/slow:1",
            node(),
            {"/srv/app/server.js": _LATE % 60000, "/srv/app/package.json": _package("server.js")},
            ready=1.0,
        ),
        services(service("node", None, "starting|no-port")),
        ["express"],
        archive=("/srv/app/package.json",),
        how="asked one second after the start; it listens a minute after",
    ),
    Scene(
        "late-listener-late",
        "A Node.js server that listened late",
        "node",
        Box(
            "node server.js",
            "corp/slow:1",
            node(),
            {"/srv/app/server.js": _LATE % 3000, "/srv/app/package.json": _package("server.js")},
            ready=3000,
        ),
        services(service("node", 3000)),
        ["express"],
        archive=("/srv/app/package.json",),
        held_out=True,
    ),
    Scene(
        "uvicorn-never-listens",
        "An application that hangs in its start never listens",
        "py:uvicorn py:fastapi",
        Box(
            "uvicorn main:app --host 0.0.0.0",
            "corp/stuck:1",
            python("fast"),
            {
                "/srv/app/main.py": "import time\nprint('loading', flush=True)\ntime.sleep(600)\nfrom fastapi import FastAPI\napp = FastAPI()\n"
            },
            ready="loading",
        ),
        services(service("uvicorn|fastapi", None, "not-listening", server="*")),
        rest_s=32,
        archive=("/srv/app/main.py",),
        how="asked 32 seconds after the start, while its import still sleeps",
    ),
    Scene(
        "renamed-binary",
        "A copy of redis-server under another name keeps what it writes into its title",
        "redis-server",
        Box(
            ["sh", "-c", "cp /usr/bin/redis-server /usr/bin/kvstore && exec kvstore --port 7000 --protected-mode no"],
            "corp/kv3:1",
            ready=7000,
        ),
        services(service("redis|unknown", 7000)),
        held_out=True,
    ),
    Scene(
        "c-unknown",
        "A small C server is unknown, with its port",
        "gcc",
        Box("/opt/c/echoer", "corp/echoer:1", ready=9099),
        services(service("unknown", 9099)),
        ["busybox-httpd"],
    ),
    Scene(
        "udp-only-unknown",
        "A program with an unknown UDP port only is not guessed at",
        "python3",
        Box("python3 /u.py", "corp/telemetry:1", files={"/u.py": _UNKNOWN_UDP}, ready=1.0),
        services(),
        ["dnsmasq", "bind", "openvpn", "coturn"],
        archive=("/u.py",),
    ),
    Scene(
        "express-wrong-expose",
        "An image that exposes another port than its program listens on",
        "npm:express",
        Box(
            "node server.js",
            "corp/mismatch:1",
            node("EXPOSE 8080", "ENV PORT=3003"),
            {"/srv/app/server.js": _EXPRESS, "/srv/app/package.json": _package("server.js", express="5")},
            ready=3003,
        ),
        services(service("express", 3003, server="node|")),
        archive=("/srv/app/package.json",),
    ),
    Scene(
        "exited-redis",
        "A stopped container serves nothing now",
        "redis-server",
        Box("redis-server --protected-mode no", "redis:7", ready=6379),
        services(),
        ["*"],
        act=lambda actor: actor.stop(),
        how="stopped",
    ),
]
