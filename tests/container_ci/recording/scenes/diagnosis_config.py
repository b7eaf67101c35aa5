"""Servers whose configuration or data is not right."""

from tests.container_ci.recording.scene import Box, Scene, cause

_PG = "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf"
_NOT = ["unknown-exit", "uncaught-exception", "file-permission"]
_CONFIG = cause("config-syntax")


def _bad(name: str, title: str, software: str, box: Box, *, held_out: bool = False) -> Scene:
    return Scene(name, title, software, box, _CONFIG, _NOT, held_out=held_out)


SCENES = [
    _bad(
        "config-nginx",
        "nginx: a semicolon is missing",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:41",
            files={
                "/n.conf": "daemon off;\nerror_log /dev/stderr;\nevents {}\nhttp { server { listen 80\n return 200 ok; } }\n"
            },
            ready="exit",
        ),
    ),
    _bad(
        "config-nginx-directive",
        "nginx: a directive that does not exist",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:42",
            files={"/n.conf": "daemon off;\nerror_log /dev/stderr;\nevents {}\nhttp { servr { listen 80; } }\n"},
            ready="exit",
        ),
        held_out=True,
    ),
    _bad(
        "config-haproxy",
        "HAProxy: a keyword that does not exist",
        "haproxy",
        Box(
            "haproxy -db -f /h.cfg",
            "corp/lb:41",
            files={"/h.cfg": "defaults\n  mode htpp\nlisten a\n  bind *:80\n"},
            ready="exit",
        ),
    ),
    _bad(
        "config-redis",
        "Redis: a directive that does not exist",
        "redis-server",
        Box("redis-server /r.conf", "redis:7", files={"/r.conf": "port 6379\nmaxmemry 100mb\n"}, ready="exit"),
    ),
    _bad(
        "config-apache",
        "Apache: a directive that does not exist",
        "apache2",
        Box(
            ["bash", "-c", "mkdir -p /run/apache2 && . /etc/apache2/envvars && exec apache2 -DFOREGROUND"],
            "httpd:2.4",
            files={"/etc/apache2/conf-enabled/shop.conf": "ProxyPas / http://shop/\n"},
            ready="exit",
        ),
    ),
    _bad(
        "config-mosquitto",
        "Mosquitto: a variable that does not exist",
        "mosquitto",
        Box("mosquitto -c /m.conf", "corp/mqtt:4", files={"/m.conf": "listner 1883\n"}, ready="exit"),
        held_out=True,
    ),
    _bad(
        "config-php-fpm",
        "php-fpm: an entry that does not exist",
        "php-fpm",
        Box(
            "php-fpm8.2 -F",
            "corp/php:4",
            files={
                "/etc/php/8.2/fpm/pool.d/www.conf": "[www]\nuser = www-data\nlisten = 9000\npm = static\npm.max_childs = 2\n"
            },
            ready="exit",
        ),
    ),
    _bad(
        "config-postgres",
        "PostgreSQL: a parameter that does not exist",
        "postgresql-15",
        Box(f"{_PG} -c shared_bufers=1GB", "postgres:15", ("USER postgres",), ready="exit"),
    ),
    _bad(
        "config-postgres-file",
        "PostgreSQL: a syntax error in its file",
        "postgresql-15",
        Box(
            "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/p.conf",
            "postgres:15",
            ("USER postgres",),
            {"/p.conf": "listen_addresses = '*'\nmax_connections == 20\n"},
            ready="exit",
        ),
        held_out=True,
    ),
    _bad(
        "config-lighttpd",
        "lighttpd: a syntax error",
        "lighttpd",
        Box(
            "lighttpd -D -f /l.conf",
            "corp/files:4",
            files={"/l.conf": 'server.document-root = "/srv"\nserver.port = 80\nserver.modules = ( "mod_access"\n'},
            ready="exit",
        ),
        held_out=True,
    ),
    _bad(
        "config-prometheus",
        "Prometheus: YAML that is none",
        "prometheus",
        Box(
            "prometheus --config.file=/p.yml --storage.tsdb.path=/tmp/p",
            "prom/prometheus:v2.42",
            files={"/p.yml": "global:\n  scrape_interval: 15s\n scrape_configs: []\n"},
            ready="exit",
        ),
    ),
    _bad(
        "config-dnsmasq",
        "dnsmasq: an option that does not exist",
        "dnsmasq",
        Box("dnsmasq -k -C /d.conf", "corp/names:4", files={"/d.conf": "no-resolve\n"}, ready="exit"),
    ),
    _bad(
        "config-sshd",
        "sshd: an option that does not exist",
        "openssh-server",
        Box(
            ["sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f /s.conf"],
            "corp/jump:4",
            files={"/s.conf": "Port 22\nPermitRootLogn no\n"},
            ready="exit",
        ),
        held_out=True,
    ),
    _bad(
        "config-squid",
        "squid: an access list that does not exist",
        "squid",
        Box(
            "squid -N -f /s.conf",
            "corp/outbound:4",
            files={"/s.conf": "http_port 3128\nhttp_access allow nobody_knows\n"},
            ready="exit",
        ),
    ),
    _bad(
        "config-caddy",
        "Caddy: a directive that does not exist",
        "caddy",
        Box(
            "caddy run --config /Caddyfile --adapter caddyfile",
            "caddy:2",
            files={"/Caddyfile": ":80 {\n\trespnd ok\n}\n"},
            ready="exit",
        ),
        held_out=True,
    ),
    _bad(
        "config-supervisor",
        "supervisord: a file without its sections",
        "supervisor",
        Box(
            "/usr/bin/supervisord -n -c /s.conf",
            "corp/all:4",
            files={"/s.conf": "[supervisord\nnodaemon=true\n"},
            ready="exit",
        ),
    ),
    _bad(
        "config-yaml-app",
        "An application's YAML that is none",
        "python3",
        Box(
            ["/opt/tasks/bin/python", "-c", "import json; json.load(open('/app.json'))"],
            "corp/app:4",
            files={"/app.json": '{"workers": 4,\n "queue": "orders"\n "debug": false}\n'},
            ready="exit",
        ),
    ),
    Scene(
        "root-postgres",
        "PostgreSQL refuses to run as root",
        "postgresql-15",
        Box(_PG, "postgres:15-own", ready="exit"),
        cause("runs-as-root-refused"),
        ["unknown-exit", "config-syntax", "data-dir-bad"],
    ),
    Scene(
        "root-memcached",
        "memcached refuses to run as root",
        "memcached",
        Box("memcached", "corp/mc:4", ready="exit"),
        cause("runs-as-root-refused"),
        ["unknown-exit", "config-syntax"],
    ),
    Scene(
        "root-mariadb",
        "MariaDB refuses to run as root",
        "mariadb-server",
        Box(["sh", "-c", "mkdir -p /run/mysqld && exec mariadbd"], "corp/sql:4", ready="exit"),
        cause("runs-as-root-refused"),
        ["unknown-exit", "config-syntax"],
        held_out=True,
    ),
    Scene(
        "data-empty-postgres",
        "PostgreSQL with an empty data folder",
        "postgresql-15",
        Box(
            "/usr/lib/postgresql/15/bin/postgres -D /data",
            "postgres:15",
            ("USER postgres",),
            options={"tmpfs": {"/data": "mode=1777"}},
            ready="exit",
        ),
        cause("data-dir-bad"),
        ["unknown-exit", "config-syntax"],
    ),
    Scene(
        "data-old-postgres",
        "PostgreSQL with the data of an older version",
        "postgresql-15",
        Box(
            ["sh", "-c", f"echo 13 > /var/lib/postgresql/15/main/PG_VERSION; exec {_PG}"],
            "postgres:15",
            ("USER postgres",),
            ready="exit",
        ),
        cause("data-dir-bad"),
        ["unknown-exit", "config-syntax"],
        held_out=True,
    ),
    Scene(
        "data-dir-missing-redis",
        "Redis whose data folder is not there",
        "redis-server",
        Box("redis-server --dir /data/redis", "redis:7", ready="exit"),
        cause("data-dir-bad|config-syntax"),
        ["unknown-exit"],
    ),
    Scene(
        "data-corrupt-redis",
        "Redis with a dump that is none",
        "redis-server",
        Box(
            "redis-server --dir /data",
            "redis:7",
            files={"/data/dump.rdb": "REDIS0010 this is no dump at all, it is text"},
            ready="exit",
        ),
        cause("data-dir-bad"),
        ["unknown-exit", "config-syntax"],
    ),
    Scene(
        "data-cookie-rabbitmq",
        "RabbitMQ whose cookie others may read",
        "rabbitmq-server",
        Box(
            [
                "sh",
                "-c",
                "echo secretcookie > /var/lib/rabbitmq/.erlang.cookie; chown -R rabbitmq /var/lib/rabbitmq /var/log/rabbitmq; chmod 644 /var/lib/rabbitmq/.erlang.cookie; exec rabbitmq-server",
            ],
            "rabbitmq:3.10",
            ("ENV RABBITMQ_LOGS=-",),
            options={"hostname": "queue"},
            ready="exit",
        ),
        cause("data-dir-bad"),
        ["unknown-exit", "config-syntax"],
        held_out=True,
    ),
    Scene(
        "data-lock-mariadb",
        "MariaDB whose data another server holds",
        "mariadb-server",
        Box(
            [
                "sh",
                "-c",
                "mkdir -p /run/mysqld /run/b && chown mysql /run/mysqld /run/b && mariadbd --user=mysql --skip-networking & sleep 4; exec mariadbd --user=mysql --skip-networking --socket=/run/b/s --pid-file=/run/b/p",
            ],
            "corp/sql:6",
            ready="exit",
        ),
        cause("data-dir-bad"),
        ["unknown-exit", "config-syntax"],
    ),
]
