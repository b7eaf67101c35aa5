"""How files are served: the last stage of everything that ends as a folder of files. nginx, without privileges."""

import re
from collections.abc import Sequence

from dockerfiles.analysis import Command, Healthcheck
from dockerfiles.language import Wishes, rebased
from dockerfiles.recipe import Base, Copy, Packages, Run, Runtime, Stage, Step

PORT = 8080
ROOT = "/srv/www"
# Patch versions come with the tag; a minor version of the stable branch gets fixes for a year.
NGINX = Base("nginxinc/nginx-unprivileged", "1.28-bookworm")
_NGINX_USER = "101:101"

# Nothing is written but in /tmp: it runs with a read-only root file system.
_AROUND = (
    "worker_processes auto;",
    "pid /tmp/nginx.pid;",
    "error_log stderr warn;",
    "events { worker_connections 1024; }",
    "http {",
    "  include /etc/nginx/mime.types;",
    "  default_type application/octet-stream;",
    "  access_log /dev/stdout;",
    "  client_body_temp_path /tmp/client;",
    "  proxy_temp_path /tmp/proxy;",
    "  fastcgi_temp_path /tmp/fastcgi;",
    "  uwsgi_temp_path /tmp/uwsgi;",
    "  scgi_temp_path /tmp/scgi;",
    "  sendfile on;",
    "  gzip on;",
    "  gzip_types text/css application/javascript application/json image/svg+xml;",
    "  server_tokens off;",
)
_SERVER = (
    "  server {",
    f"    listen {PORT};",
    f"    root {ROOT};",
    "    index index.html;",
    # The port that is published is another: a redirect names none. A page of the site's own says what is not there.
    "    absolute_redirect off;",
    "    error_page 404 /404.html;",
    "    location ~ /\\. { return 404; }",
    "    location / { try_files FALLBACK; }",
    "  }",
    "}",
)
_INCLUDED = ("  include /etc/nginx/conf.d/*.conf;", "}")
_ALONE = "$uri $uri/ $uri.html =404"
_ONE_PAGE = "$uri $uri/ /index.html"

# The port can be chosen when the container starts; nginx itself reads no environment.
COMMAND = Command.for_shell(
    f'sed "s/listen {PORT};/listen ${{PORT:-{PORT}}};/" /etc/nginx/nginx.conf > /tmp/nginx.conf '
    "&& exec nginx -e stderr -c /tmp/nginx.conf -g 'daemon off;'"
)


def server(files: Sequence[Copy], wishes: Wishes, *, spa_fallback: bool = False) -> tuple[Stage, Runtime]:
    """Return the stage that serves what `files` copy to `ROOT`, and how it runs.

    `spa_fallback`: every unknown path is answered by the index, for applications whose routes live in the browser.
    """
    fallback = _ONE_PAGE if spa_fallback else _ALONE
    lines = [line.replace("FALLBACK", fallback) for line in (*_AROUND, *_SERVER)]
    return stage((_configured(lines), *files), wishes), runtime(wishes)


def around(steps: Sequence[Step], wishes: Wishes) -> Stage:
    """Return a last stage whose steps bring a `server` block of the project's own to /etc/nginx/conf.d."""
    return stage((_configured((*_AROUND, *_INCLUDED)), *steps), wishes)


def _configured(lines: Sequence[str]) -> Run:
    printed = " \\\n        ".join(map(_quoted, lines))
    return Run((f"printf '%s\\n' \\\n        {printed} \\\n        > /etc/nginx/nginx.conf",), "How nginx serves them")


def stage(steps: Sequence[Step], wishes: Wishes) -> Stage:
    """Return a last stage on nginx with these steps."""
    return Stage("run", rebased(NGINX, wishes), (*_installed(wishes), *steps), "The image: nginx with the files")


def runtime(wishes: Wishes, command: Command = COMMAND, port: int = PORT) -> Runtime:
    """Return how nginx runs."""
    return Runtime(
        command,
        port=port,
        honours_port=command is COMMAND,
        healthcheck=Healthcheck("tcp"),
        probe="bash",
        stop_signal="SIGQUIT",
        user="" if wishes.bases.get("") else _NGINX_USER,
    )


def _quoted(line: str) -> str:
    escaped = re.sub(r'(["\\$`])', r"\\\1", line)
    return f'"{escaped}"'


def _installed(wishes: Wishes) -> Sequence[Step]:
    return [Packages(("nginx-light",), "The server")] if wishes.bases.get("") else []
