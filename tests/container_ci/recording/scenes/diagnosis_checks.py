"""Docker's own health checks that fail, and why."""

from tests.container_ci.recording.scene import Actor, Box, Scene, cause, check, python

_SITE = "daemon off;\nevents {}\nhttp { server { listen 8080; location / { return %d; } } }\n"
_NGINX = ["nginx", "-g", "daemon off;"]
_SLOW = "import http.server, time\nclass H(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        time.sleep(30)\nhttp.server.ThreadingHTTPServer(('0.0.0.0', 8000), H).serve_forever()\n"


def _unhealthy(actor: Actor) -> None:
    actor.wait_health("unhealthy")


SCENES = [
    Scene(
        "check-no-wget",
        "The check's tool is not in the image",
        "nginx-light",
        Box(_NGINX, "nginx:1.22", options={"healthcheck": check("wget -qO- http://localhost/")}, ready=80),
        cause("healthcheck-command-missing"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
    ),
    Scene(
        "check-exec-missing",
        "The check's program is not in the image",
        "redis-server",
        Box(
            "redis-server",
            "redis:7",
            options={"healthcheck": {**check(""), "test": ["CMD", "/healthcheck.sh"]}},
            ready=6379,
        ),
        cause("healthcheck-command-missing"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
        held_out=True,
    ),
    Scene(
        "check-timeout",
        "The check does not end in time",
        "python3",
        Box(
            "python main.py",
            "corp/slow:4",
            python("flask"),
            {"/srv/app/main.py": _SLOW},
            {"healthcheck": check("curl -fs http://localhost:8000/")},
            8000,
        ),
        cause("healthcheck-timeout"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
    ),
    Scene(
        "check-timeout-sleep",
        "A check that sleeps longer than it may",
        "redis-server",
        Box("redis-server", "redis:7", options={"healthcheck": check("sleep 10; redis-cli ping")}, ready=6379),
        cause("healthcheck-timeout"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
        held_out=True,
    ),
    Scene(
        "check-wrong-port",
        "The check asks a port on which nobody listens",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:51",
            files={"/n.conf": _SITE % 200},
            options={"healthcheck": check("curl -fsS http://localhost:80/")},
            ready=8080,
        ),
        cause("healthcheck-wrong-port"),
        ["dependency-refused", "dependency-localhost"],
        act=_unhealthy,
    ),
    Scene(
        "check-wrong-port-redis",
        "Redis's check asks its usual port, it listens on another",
        "redis-server",
        Box("redis-server --port 7777", "redis:7", options={"healthcheck": check("redis-cli ping")}, ready=7777),
        cause("healthcheck-wrong-port"),
        ["dependency-refused", "dependency-localhost"],
        act=_unhealthy,
        held_out=True,
    ),
    Scene(
        "check-500",
        "The application answers the check with an error",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:52",
            files={"/n.conf": _SITE % 503},
            options={"healthcheck": check("curl -fsS http://localhost:8080/health")},
            ready=8080,
        ),
        cause("healthcheck-http-status"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
    ),
    Scene(
        "check-404",
        "The check asks a path that is not there",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:53",
            files={"/n.conf": _SITE % 404},
            options={"healthcheck": check("curl -fsS http://localhost:8080/healthz")},
            ready=8080,
        ),
        cause("healthcheck-http-status"),
        ["healthcheck-wrong-port"],
        act=_unhealthy,
        held_out=True,
    ),
    Scene(
        "check-too-early",
        "The check fails until the program is ready, and then no more",
        "python3",
        Box(
            ["sh", "-c", "sleep 6; exec python3 -m http.server 8000"],
            "corp/late:4",
            options={"healthcheck": check("curl -fs http://localhost:8000/")},
            ready=1.0,
        ),
        cause("healthcheck-too-early|none"),
        ["healthcheck-wrong-port", "healthcheck-command-missing"],
        act=lambda actor: actor.wait_health("healthy"),
    ),
    Scene(
        "check-unexplained",
        "A check that fails without a word",
        "redis-server",
        Box("redis-server", "redis:7", options={"healthcheck": check("exit 1")}, ready=6379),
        cause("unhealthy-not-restarted|none"),
        ["healthcheck-wrong-port", "healthcheck-command-missing", "healthcheck-timeout"],
        act=_unhealthy,
    ),
]
