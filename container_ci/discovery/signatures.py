"""How known software shows itself: by which names its processes go, which ports it opens, what it prints.

One row per product, in the order in which they are tried; of several that fit a process, the first wins, so what
is told by more words stands before what is told by fewer. Patterns are compiled when they are first used.
"""

# ruff: noqa: E501 - a table: one product, one row

import re
from functools import cache
from typing import Literal, NamedTuple

# How a suggested probe asks, and what an answer was recognised as.
Kind = Literal["server", "worker", "generic", "supervisor", "helper"]


class Signature(NamedTuple):
    """One product.

    `names` are globs for a program's name (its module's, script's or main class's for interpreters); `args` must
    be found in the command line too, and `exe` fit the file that runs, where that is known. `ports` are those that
    clients use, likeliest first; `roles` name the others. A `worker` listens nowhere; a `generic` row says how
    something is made and not what it is; `helper` belongs to what runs beside it. `probe` is what to ask as a health check.
    """

    slug: str
    names: tuple[str, ...]
    args: str = ""
    exe: str = ""
    images: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    roles: tuple[tuple[str, int], ...] = ()
    banner: str = ""
    probe: str = "tcp"
    kind: Kind = "server"
    udp: bool = False
    # Whether it listens depends on how it is set up, which can't be seen.
    may_be_silent: bool = False


def _word(*words: str) -> str:
    return rf"(?:^|\s)(?:{'|'.join(words)})(?:\s|$)"


_S = Signature
_WEB = "http:/"

# Rows whose name alone does not tell: they need words, and stand before those that don't.
_BY_WORDS: tuple[Signature, ...] = (
    # 2, 4, 5, 16-19: Python's
    _S("fastapi", ("fastapi",), _word("run", "dev"), ports=(8000,), banner="Application startup complete", probe="http:/openapi.json"),
    _S("django", ("manage.py", "django-admin", "django"), _word("runserver", "runserver_plus"), env=("DJANGO_SETTINGS_MODULE",), ports=(8000,), banner=r"Django version|Starting development server at", probe=_WEB),
    _S("flask", ("flask",), _word("run"), env=("FLASK_APP",), ports=(5000,), banner=r"\* Serving Flask app", probe=_WEB),
    _S("celery-beat", ("celery",), _word("beat"), env=("CELERY_",), banner=r"celery beat v\S+ .*is starting", probe="", kind="worker"),
    _S("flower", ("celery",), _word("flower"), ports=(5555,), banner="Visit me at", probe="http:/healthcheck"),
    _S("celery-worker", ("celery", "celeryd"), _word("worker") + r"|\[celeryd", env=("CELERY_",), banner=r"celery@\S+ .*ready\.", probe="", kind="worker"),
    _S("rq-worker", ("rq", "rqworker"), _word("worker", "worker-pool") + "|rqworker", banner=r"Worker .*[Ss]tarted", probe="", kind="worker"),
    _S("airflow", ("airflow",), _word("webserver", "api-server", "standalone"), images=("airflow",), env=("AIRFLOW__",), ports=(8080,), banner="Airflow", probe="http:/health"),
    _S("airflow", ("airflow",), _word("scheduler", "worker", "triggerer", "dag-processor"), images=("airflow",), env=("AIRFLOW__",), banner="Airflow", probe="", kind="worker"),
    _S("jupyter", ("jupyter-lab", "jupyter-notebook", "jupyter-server", "jupyterlab", "notebook"), images=("jupyter",), ports=(8888,), banner=r"Jupyter Server .* is running", probe="http:/api"),
    _S("jupyter", ("jupyter",), _word("lab", "notebook", "server"), images=("jupyter",), ports=(8888,), banner=r"Jupyter Server .* is running", probe="http:/api"),
    _S("streamlit", ("streamlit",), _word("run"), env=("STREAMLIT_",), ports=(8501,), banner="You can now view your Streamlit app", probe="http:/_stcore/health"),
    _S("superset", ("superset",), _word("run"), images=("superset",), ports=(8088,), probe="http:/health"),
    _S("vllm", ("vllm.entrypoints.*",), ports=(8000,), banner="Uvicorn running on", probe="http:/health"),
    _S("vllm", ("vllm",), _word("serve"), images=("vllm-openai",), ports=(8000,), banner="Uvicorn running on", probe="http:/health"),
    # 22-25: Node's
    _S("nextjs", ("next-server",), env=("NEXT_",), ports=(3000,), banner=r"Ready in|▲ Next\.js", probe=_WEB),
    _S("nextjs", ("next",), _word("start", "dev"), env=("NEXT_",), ports=(3000,), banner=r"Ready in|▲ Next\.js", probe=_WEB),
    _S("nextjs", ("node", "bun"), r"\.next/standalone/server\.js|next/dist/bin/next", env=("NEXT_",), ports=(3000,), banner=r"Ready in|▲ Next\.js", probe=_WEB),
    _S("nuxt", ("node", "bun"), r"\.output/server/index\.mjs", env=("NUXT_", "NITRO_"), ports=(3000,), banner="Listening on", probe=_WEB),
    _S("nuxt", ("nuxt", "nuxi", "nuxt.mjs"), _word("dev", "start", "preview"), ports=(3000,), probe=_WEB),
    _S("vite-dev", ("vite", "vite.js"), ports=(5173,), banner=r"VITE v", probe=_WEB),
    _S("vite-dev", ("node", "bun"), r"vite/bin/vite\.js|\.bin/vite(?:\s|$)", ports=(5173,), banner=r"VITE v", probe=_WEB),
    _S("remix", ("remix-serve",), ports=(3000,), probe=_WEB),
    _S("pm2", ("pm2", "PM2", "pm2-runtime", "pm2-docker"), banner=r"PM2 .*launched", probe="", kind="supervisor"),
    _S("n8n", ("n8n",), images=("n8n",), env=("N8N_",), ports=(5678,), roles=(("broker", 5679),), probe="http:/healthz"),
    # 26-31, 58, 59, 62-66, 70, 91, 95: Java's, by main class, jar or property
    _S("solr", ("start.jar", "java"), r"-Dsolr\.(?:install\.dir|solr\.home)", images=("solr",), ports=(8983,), banner="Started Solr server", probe="http:/solr/admin/info/system"),
    _S("keycloak", ("io.quarkus*", "quarkus-run.jar", "java"), r"-Dkc\.home|keycloak", images=("keycloak",), env=("KC_", "KEYCLOAK_"), ports=(8080, 8443), roles=(("management", 9000),), banner=r"Keycloak .*started", probe="http:9000/health/ready"),
    _S("jenkins", ("jenkins.war",), images=("jenkins",), env=("JENKINS_",), ports=(8080,), roles=(("agents", 50000),), banner="Jenkins is fully up and running", probe="http:/login"),
    _S("metabase", ("metabase.jar", "metabase.core"), images=("metabase",), env=("MB_",), ports=(3000,), probe="http:/api/health"),
    _S("activemq", ("activemq.jar",), images=("activemq",), ports=(61616,), roles=(("management", 8161),), banner=r"Apache ActiveMQ .*started"),
    _S("artemis", ("org.apache.activemq.artemis.boot*",), images=("artemis",), ports=(61616,), roles=(("management", 8161),), banner="Artemis"),
    _S("tomcat", ("org.apache.catalina.startup.Bootstrap",), images=("tomcat",), env=("CATALINA_HOME",), ports=(8080, 8443), roles=(("shutdown", 8005), ("ajp", 8009)), banner="Server startup in", probe=_WEB),
    _S("wildfly", ("jboss-modules.jar", "org.jboss.modules.Main"), images=("wildfly",), ports=(8080, 8443), roles=(("management", 9990),), banner="WFLYSRV0025", probe="http:9990/health"),
    _S("quarkus", ("quarkus-run.jar", "io.quarkus*"), images=("quarkus",), ports=(8080,), banner="Listening on: http://", probe="http:/q/health"),
    _S("jetty", ("start.jar", "org.eclipse.jetty*"), images=("jetty",), ports=(8080,), banner=r"oejs\.Server:main: Started", probe=_WEB),
    _S("spring-boot", ("org.springframework.boot.loader*",), env=("SPRING_",), ports=(8080,), banner=r":: Spring Boot ::|Tomcat started on port", probe="http:/actuator/health"),
    _S("kafka", ("kafka.Kafka", "kafka-server-start*"), images=("kafka", "cp-kafka"), env=("KAFKA_",), ports=(9092,), roles=(("controller", 9093),), banner=r"started \(kafka\.server", probe="kafka"),
    _S("zookeeper", ("org.apache.zookeeper.server.quorum.QuorumPeerMain", "org.apache.zookeeper.server.ZooKeeperServerMain", "*.QuorumPeerMain"), images=("zookeeper",), ports=(2181,), roles=(("admin", 8080), ("peers", 2888), ("election", 3888)), banner="binding to port"),
    _S("elasticsearch", ("org.elasticsearch.*",), images=("elasticsearch",), ports=(9200,), roles=(("cluster", 9300),), banner=r'"started"|\] started', probe="http:/_cluster/health"),
    _S("opensearch", ("org.opensearch.*",), images=("opensearch",), ports=(9200,), roles=(("cluster", 9300),), banner="started", probe="https:/"),
    _S("cassandra", ("org.apache.cassandra.service.CassandraDaemon", "*.CassandraDaemon"), images=("cassandra",), ports=(9042,), roles=(("cluster", 7000), ("jmx", 7199)), banner="Starting listening for CQL clients", probe="cassandra"),
    _S("neo4j", ("*.CommunityEntryPoint", "*.Neo4jCommunity", "*.EnterpriseEntryPoint"), images=("neo4j",), ports=(7474,), roles=(("bolt", 7687),), banner=r"Started\.", probe=_WEB),
    _S("temporal", ("temporal-server", "temporal"), images=("temporal", "auto-setup"), ports=(7233,), probe="tcp"),
    # 56, 57, 69: Erlang's
    _S("rabbitmq", ("beam.smp", "beam"), r"\brabbit\b|rabbitmq|-s rabbit", images=("rabbitmq",), env=("RABBITMQ_",), ports=(5672, 5671), roles=(("management", 15672), ("cluster", 25672), ("epmd", 4369), ("metrics", 15692)), banner=r"Starting broker\.\.\. ?completed|completed with \d+ plugins", probe="amqp"),
    _S("couchdb", ("beam.smp", "beam"), r"couch", images=("couchdb",), env=("COUCHDB_",), ports=(5984,), roles=(("epmd", 4369),), banner="Apache CouchDB has started", probe="http:/_up"),
    _S("epmd", ("epmd",), ports=(4369,), kind="helper"),
    # 34, 36, 38: Ruby's and PHP's
    _S("rails", ("rails",), _word("server", "s"), env=("RAILS_ENV",), ports=(3000,), banner=r"=> Booting Puma|Listening on http://", probe="http:/up"),
    _S("php-cli", ("php", "php[0-9]*"), r"\s-S\s|artisan\s+(?:serve|octane:start)", images=("laravel",), ports=(8000,), banner="Development Server", probe=_WEB),
    _S("laravel-worker", ("php", "php[0-9]*"), r"artisan\s+(?:queue:work|queue:listen|schedule:work|horizon)", probe="", kind="worker"),
    # 48-50: Redis and its kin
    _S("redis-sentinel", ("redis-sentinel",), ports=(26379,), banner=r"\+monitor master", probe="redis"),
    _S("redis-sentinel", ("redis-server", "valkey-server"), r"\[sentinel\]|--sentinel", ports=(26379,), banner=r"\+monitor master", probe="redis"),
    # 53: one server under two names
    _S("mariadb", ("mysqld",), exe="mariadbd", images=("mariadb",), env=("MARIADB_", "MYSQL_"), ports=(3306,), banner="ready for connections", probe="mysql"),
    # 82, 85, 97: names that several share
    _S("postfix", ("master",), r"postfix\S*/master", images=("postfix",), ports=(25, 587, 465), banner="daemon started", probe="smtp"),
    _S("opensmtpd", ("smtpd",), r"^(?:smtpd: |\S*/smtpd(?:$|\s+-[dFv]))", ports=(25, 587), probe="smtp"),
    _S("busybox-httpd", ("httpd",), r"httpd\b.*\s-(?:\w*f\w*)(?:\s|$)", exe="busybox", images=("busybox",), ports=(80,), probe=_WEB),
    # 72-75, 94: one program with many tasks
    _S("consul", ("consul",), _word("agent"), images=("consul",), env=("CONSUL_",), ports=(8500,), roles=(("dns", 8600), ("server", 8300), ("serf-lan", 8301), ("serf-wan", 8302), ("grpc", 8502)), banner="Consul agent running!", probe="http:/v1/status/leader"),
    _S("vault", ("vault",), _word("server"), images=("vault",), env=("VAULT_",), ports=(8200,), roles=(("cluster", 8201),), banner="Vault server started!", probe="http:/v1/sys/health"),
    _S("minio", ("minio",), _word("server"), images=("minio",), env=("MINIO_",), ports=(9000,), roles=(("console", 9001),), banner="API: http://", probe="http:/minio/health/live"),
    _S("registry", ("registry", "docker-registry"), _word("serve"), images=("registry",), ports=(5000,), banner=r"listening on \[::\]:5000", probe="http:/v2/"),
    _S("ollama", ("ollama",), _word("serve"), images=("ollama",), env=("OLLAMA_",), ports=(11434,), banner="Listening on", probe="http:/api/version"),
    _S("gitea", ("gitea", "forgejo"), images=("gitea", "forgejo"), ports=(3000,), roles=(("ssh", 22),), banner="Listen: http://", probe="http:/api/healthz"),
    _S("caddy", ("caddy",), _word("run", "file-server", "reverse-proxy", "respond"), images=("caddy",), env=("CADDY_VERSION",), ports=(80, 443), roles=(("admin", 2019),), banner="serving initial configuration", probe=_WEB),
    _S("etcd", ("etcd",), images=("etcd",), env=("ETCD_",), ports=(2379,), roles=(("peers", 2380),), banner="ready to serve client requests", probe="http:/health"),
)  # fmt: skip

# Rows that a name alone tells.
_BY_NAME: tuple[Signature, ...] = (
    _S("uvicorn", ("uvicorn",), env=("UVICORN_",), ports=(8000,), banner="Uvicorn running on http://", probe=_WEB),
    _S("gunicorn", ("gunicorn", "gunicorn3"), env=("GUNICORN_CMD_ARGS",), ports=(8000,), banner="Listening at: http://", probe=_WEB),
    _S("daphne", ("daphne",), ports=(8000,), banner="Listening on TCP address", probe=_WEB),
    _S("hypercorn", ("hypercorn",), ports=(8000,), banner="Running on http://", probe=_WEB),
    _S("granian", ("granian",), env=("GRANIAN_",), ports=(8000,), banner="Starting granian", probe=_WEB),
    _S("uwsgi", ("uwsgi", "uwsgi-core"), env=("UWSGI_",), ports=(8080, 3031), roles=(("stats", 1717),), banner=r"\*\*\* Starting uWSGI", probe="tcp", may_be_silent=True),
    _S("waitress", ("waitress-serve", "waitress"), ports=(8080,), banner="Serving on http://", probe=_WEB),
    _S("flower", ("flower",), ports=(5555,), banner="Visit me at", probe="http:/healthcheck"),
    _S("dramatiq", ("dramatiq",), roles=(("metrics", 9191),), banner=r"dramatiq\.MainProcess", probe="", kind="worker"),
    _S("python-http", ("http.server",), ports=(8000,), banner="Serving HTTP on", probe=_WEB),
    _S("rails", ("bin/rails",), ports=(3000,), probe="http:/up"),
    _S("puma", ("puma",), env=("RAILS_ENV",), ports=(3000, 9292), banner="Listening on http://", probe="http:/up"),
    _S("unicorn-rb", ("unicorn", "unicorn_rails"), ports=(8080,), banner="listening on addr=", probe=_WEB),
    _S("sidekiq", ("sidekiq",), banner=r"Booted Rails .*running in ruby", probe="", kind="worker"),
    _S("php-fpm", ("php-fpm", "php-fpm[0-9]*"), ports=(9000,), banner="fpm is running", probe="tcp", may_be_silent=True),
    _S("nginx", ("nginx",), images=("nginx",), env=("NGINX_VERSION",), ports=(80, 443, 8080), banner="start worker processes", probe=_WEB),
    _S("apache", ("apache2", "httpd"), images=("httpd", "apache"), env=("HTTPD_VERSION", "APACHE_"), ports=(80, 443, 8080), banner="AH00094|AH00489", probe=_WEB),
    _S("caddy", ("caddy",), images=("caddy",), env=("CADDY_VERSION",), ports=(80, 443), roles=(("admin", 2019),), banner="serving initial configuration", probe=_WEB),
    _S("traefik", ("traefik",), images=("traefik",), ports=(80, 443), roles=(("api", 8080),), banner="Traefik version", probe="http:8080/ping"),
    _S("haproxy", ("haproxy",), images=("haproxy",), roles=(("stats", 8404),), banner=r"New worker \(?\S+\)? forked", probe="tcp"),
    _S("envoy", ("envoy",), images=("envoy",), ports=(10000,), roles=(("admin", 9901),), banner="starting main dispatch loop", probe="http:9901/ready"),
    _S("varnish", ("varnishd",), images=("varnish",), ports=(80, 6081), roles=(("admin", 6082),), banner="Child launched OK", probe=_WEB),
    _S("squid", ("squid",), images=("squid",), ports=(3128,), banner="Accepting HTTP Socket connections", probe="tcp"),
    _S("lighttpd", ("lighttpd",), images=("lighttpd",), ports=(80,), banner="server started", probe=_WEB),
    _S("redis", ("redis-server",), images=("redis",), env=("REDIS_VERSION",), ports=(6379,), roles=(("bus", 16379),), banner="Ready to accept connections", probe="redis"),
    _S("valkey", ("valkey-server",), images=("valkey",), env=("VALKEY_",), ports=(6379,), roles=(("bus", 16379),), banner="Valkey is starting", probe="redis"),
    _S("keydb", ("keydb-server",), images=("keydb",), ports=(6379,), probe="redis"),
    _S("dragonfly", ("dragonfly",), images=("dragonfly",), ports=(6379,), probe="redis"),
    _S("memcached", ("memcached",), images=("memcached",), env=("MEMCACHED_VERSION",), ports=(11211,), probe="memcached"),
    _S("postgresql", ("postgres", "postmaster"), images=("postgres", "postgresql", "postgis", "timescaledb"), env=("PGDATA", "POSTGRES_"), ports=(5432,), banner="database system is ready to accept connections", probe="postgres"),
    _S("mariadb", ("mariadbd",), images=("mariadb",), env=("MARIADB_", "MYSQL_"), ports=(3306,), banner="ready for connections", probe="mysql"),
    _S("mysql", ("mysqld",), images=("mysql", "percona"), env=("MYSQL_",), ports=(3306,), roles=(("x", 33060),), banner="ready for connections", probe="mysql"),
    _S("pgbouncer", ("pgbouncer",), images=("pgbouncer",), ports=(6432,), banner="process up", probe="postgres"),
    _S("proxysql", ("proxysql",), images=("proxysql",), ports=(6033,), roles=(("admin", 6032),), probe="mysql"),
    _S("mongodb", ("mongod", "mongos"), images=("mongo", "mongodb"), env=("MONGO_",), ports=(27017,), banner=r"[Ww]aiting for connections", probe="mongodb"),
    _S("nats", ("nats-server", "gnatsd"), images=("nats",), ports=(4222,), roles=(("monitoring", 8222), ("cluster", 6222)), banner="Server is ready", probe="nats"),
    _S("mosquitto", ("mosquitto",), images=("eclipse-mosquitto", "mosquitto"), ports=(1883, 8883), roles=(("websockets", 9001),), banner=r"mosquitto version .*(?:running|starting)", probe="mqtt"),
    _S("scylla", ("scylla",), images=("scylla",), ports=(9042,), roles=(("cluster", 7000), ("api", 10000)), banner="Starting listening for CQL clients"),
    _S("clickhouse", ("clickhouse-server", "clickhouse"), images=("clickhouse-server", "clickhouse"), env=("CLICKHOUSE_",), ports=(8123,), roles=(("native", 9000), ("interserver", 9009), ("mysql", 9004), ("postgresql", 9005)), banner="Ready for connections", probe="http:/ping"),
    _S("influxdb", ("influxd", "influxdb3"), images=("influxdb",), env=("INFLUXDB_",), ports=(8086,), banner="Listening on HTTP", probe="http:/health"),
    _S("prometheus", ("prometheus",), images=("prometheus",), ports=(9090,), banner="Server is ready to receive web requests", probe="http:/-/healthy"),
    _S("alertmanager", ("alertmanager", "prometheus-alertmanager"), images=("alertmanager",), ports=(9093,), roles=(("cluster", 9094),), banner="Listening on address", probe="http:/-/healthy"),
    _S("prom-exporter", ("*_exporter", "*-exporter"), ports=(9100,), banner="Listening on", probe="http:/metrics"),
    _S("grafana", ("grafana", "grafana-server"), images=("grafana",), env=("GF_",), ports=(3000,), banner="HTTP Server Listen", probe="http:/api/health"),
    _S("loki", ("loki",), images=("loki",), ports=(3100,), roles=(("grpc", 9095), ("gossip", 7946)), banner="Everything is ready|Loki started", probe="http:/ready"),
    _S("tempo", ("tempo",), images=("tempo",), ports=(3200,), roles=(("grpc", 9095), ("gossip", 7946)), probe="http:/ready"),
    _S("otelcol", ("otelcol*",), images=("opentelemetry-collector", "opentelemetry-collector-contrib"), ports=(4317, 4318), roles=(("health", 13133), ("metrics", 8888)), banner="Everything is ready", probe="http:13133/"),
    _S("fluent-bit", ("fluent-bit", "td-agent-bit"), images=("fluent-bit",), ports=(2020, 24224), probe="http:/api/v1/health", may_be_silent=True),
    _S("fluentd", ("fluentd", "td-agent"), images=("fluentd",), ports=(24224,), roles=(("monitor", 24220),), probe="tcp", may_be_silent=True),
    _S("vector", ("vector",), images=("vector",), ports=(8686,), probe="http:/health", may_be_silent=True),
    _S("dnsmasq", ("dnsmasq",), images=("dnsmasq",), ports=(53,), banner="started, version", probe="dns", udp=True),
    _S("bind", ("named",), images=("bind9", "bind"), ports=(53,), roles=(("rndc", 953), ("statistics", 8053)), banner="running", probe="dns", udp=True),
    _S("unbound", ("unbound",), images=("unbound",), ports=(53,), roles=(("control", 8953),), banner="start of service", probe="dns", udp=True),
    _S("coredns", ("coredns",), images=("coredns",), ports=(53,), roles=(("health", 8080), ("metrics", 9153), ("ready", 8181)), banner="CoreDNS-", probe="dns", udp=True),
    _S("sshd", ("sshd",), ports=(22,), banner="Server listening on", probe="ssh"),
    _S("vsftpd", ("vsftpd",), ports=(21,), probe="ftp"),
    _S("proftpd", ("proftpd",), ports=(21,), probe="ftp"),
    _S("exim", ("exim4", "exim"), ports=(25, 587, 465), banner="daemon started", probe="smtp"),
    _S("dovecot", ("dovecot",), ports=(143, 993), roles=(("pop3", 110), ("pop3s", 995), ("sieve", 4190), ("lmtp", 24)), banner=r"Dovecot .*starting up", probe="imap"),
    _S("openldap", ("slapd",), images=("openldap",), ports=(389, 636, 1389), banner="slapd starting", probe="ldap"),
    _S("samba", ("smbd",), images=("samba",), ports=(445, 139), probe="tcp"),
    _S("samba-helper", ("nmbd", "winbindd"), kind="helper"),
    _S("coturn", ("turnserver",), images=("coturn",), ports=(3478,), roles=(("tls", 5349),), probe="tcp", udp=True),
    _S("openvpn", ("openvpn",), images=("openvpn",), ports=(1194,), banner="Initialization Sequence Completed", probe="", udp=True),
    _S("wireguard", ("wireguard-go", "wg-quick", "boringtun"), images=("wireguard",), ports=(51820,), probe="", udp=True),
    _S("gitlab", ("gitlab-workhorse",), images=("gitlab", "gitlab-ce", "gitlab-ee"), ports=(80, 8181), probe="http:/-/health"),
    _S("superset", ("superset",), images=("superset",), env=("SUPERSET_",), ports=(8088,), probe="http:/health"),
    _S("cron", ("cron", "crond", "supercronic"), banner=r"crond: crond \(busybox", probe="", kind="worker"),
    _S("supervisord", ("supervisord",), roles=(("http", 9001),), banner="supervisord started with pid 1", probe="", kind="supervisor"),
    _S("s6", ("s6-svscan",), probe="", kind="supervisor"),
    _S("runit", ("runsvdir", "runit-init"), probe="", kind="supervisor"),
    _S("aspnet", ("dotnet",), env=("ASPNETCORE_",), images=("aspnet",), ports=(8080, 80, 5000), banner="Now listening on:", probe="http:/health", kind="generic"),
    _S("node", ("node", "nodejs", "bun", "deno"), images=("node",), env=("NODE_ENV",), ports=(3000,), probe=_WEB, kind="generic"),
)  # fmt: skip

# What refines what carries it: told by files, answers and words of the application, never by a process's name alone.
FRAMEWORKS: tuple[Signature, ...] = (
    _S("fastapi", (), images=("uvicorn-gunicorn-fastapi",), ports=(8000,), banner="Application startup complete", probe="http:/openapi.json"),
    _S("django", (), env=("DJANGO_SETTINGS_MODULE",), ports=(8000,), banner="Django version", probe=_WEB),
    _S("flask", (), env=("FLASK_APP",), ports=(5000,), banner=r"\* Serving Flask app", probe=_WEB),
    _S("nestjs", (), ports=(3000,), banner="Nest application successfully started", probe="http:/health"),
    _S("express", (), ports=(3000,), banner="listening on", probe=_WEB),
    _S("spring-boot", (), env=("SPRING_",), ports=(8080,), banner=r":: Spring Boot ::|Tomcat started on port", probe="http:/actuator/health"),
    _S("wordpress", (), images=("wordpress",), env=("WORDPRESS_",), ports=(80,), probe="http:/wp-login.php"),
    _S("nextcloud", (), images=("nextcloud",), env=("NEXTCLOUD_",), ports=(80,), probe="http:/status.php"),
    _S("go-http", (), ports=(8080,), probe=_WEB),
)  # fmt: skip

SIGNATURES: tuple[Signature, ...] = (*_BY_WORDS, *_BY_NAME)


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Return one of the table's patterns, compiled when it is first needed."""
    return re.compile(text)


@cache
def signature_of(slug: str) -> Signature | None:
    """Return the first row of a product, None for one that the table does not know."""
    return next((row for row in (*SIGNATURES, *FRAMEWORKS) if row.slug == slug), None)
