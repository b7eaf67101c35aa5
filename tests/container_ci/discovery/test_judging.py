"""What is said of containers: products by their processes, ports by who holds them, and nothing without grounds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_ci.discovery.facts import Facts
from container_ci.discovery.judging import REPORTED
from container_ci.discovery.signatures import SIGNATURES
from tests.container_ci.discovery.seen import YOUNG, found, listener, only, seen

# How each product's main process shows itself, where it listens, and what is to be said: its type and its port.
PRODUCTS = [
    ("/usr/local/bin/python /usr/local/bin/uvicorn main:app --host 0.0.0.0", "0.0.0.0:8000", "uvicorn", 8000),
    ("python -m uvicorn main:app", "0.0.0.0:8123", "uvicorn", 8123),
    ("gunicorn: master [app]", "0.0.0.0:8011", "gunicorn", 8011),
    ("python manage.py runserver 0.0.0.0:8000", "0.0.0.0:8000", "django", 8000),
    ("/usr/bin/python3 /usr/bin/flask run -h 0.0.0.0", "0.0.0.0:5000", "flask", 5000),
    ("python -W ignore -m http.server 9000", "0.0.0.0:9000", "python-http", 9000),
    ("python /usr/bin/jupyter-lab --ip=0.0.0.0", "0.0.0.0:8888", "jupyter", 8888),
    ("redis-server *:6380", "0.0.0.0:6380", "redis", 6380),
    ("redis-server *:26379 [sentinel]", "0.0.0.0:26379", "redis-sentinel", 26379),
    ("/usr/lib/postgresql/15/bin/postgres -D /data", "0.0.0.0:5432", "postgresql", 5432),
    ("mysqld --user=mysql", ["[::]:3306", "[::]:33060"], "mysql", 3306),
    ("nginx: master process nginx -g daemon off;", "0.0.0.0:80", "nginx", 80),
    ("/usr/sbin/apache2 -D FOREGROUND", "[::]:80", "apache", 80),
    ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", "0.0.0.0:22", "sshd", 22),
    ("/usr/lib/postfix/sbin/master -w", "0.0.0.0:25", "postfix", 25),
    ("busybox httpd -f -p 80", "0.0.0.0:80", "busybox-httpd", 80),
    ("java -cp /x -Xmx1g org.apache.catalina.startup.Bootstrap start", ["[::]:8080", "127.0.0.1:8005"], "tomcat", 8080),
    ("java --add-opens a=b -jar /opt/jenkins.war", ["[::]:8080", "[::]:50000"], "jenkins", 8080),
    ("java -Dsolr.install.dir=/opt/solr -jar start.jar", "[::]:8983", "solr", 8983),
    ("java -Xms1g -cp x kafka.Kafka server.properties", ["[::]:9093", "[::]:9092"], "kafka", 9092),
    ("/usr/lib/erlang/bin/beam.smp -W w -s rabbit boot", ["[::]:25672", "[::]:5672", "[::]:15672"], "rabbitmq", 5672),
    ("node /app/node_modules/.bin/next start", "[::]:3000", "nextjs", 3000),
    ("node --require ./x.js server.js", "[::]:4000", "node", 4000),
    ("next-server (v14.2)", "[::]:3000", "nextjs", 3000),
    ("puma 6.4.0 (tcp://0.0.0.0:9292) [app]", "0.0.0.0:9292", "puma", 9292),
    ("/usr/bin/node_exporter", "[::]:9100", "prom-exporter", 9100),
    ("dotnet App.dll", "[::]:8080", "aspnet", 8080),
    ("/usr/sbin/dnsmasq -k", ["0.0.0.0:53/udp", "0.0.0.0:53"], "dnsmasq", 53),
]


@pytest.mark.parametrize(("line", "addresses", "slug", "port"), PRODUCTS, ids=[product[0][:40] for product in PRODUCTS])
def test_a_product_is_known_by_its_process_and_its_port_by_its_sockets(
    line: str, addresses: str | list[str], slug: str, port: int
) -> None:
    service = only(seen((f"1 0 {line}", addresses)))

    assert (service.type, service.port, service.status, service.port_source) == (slug, port, "listening", "socket")
    assert service.confidence >= 0.75


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        ("/usr/bin/python3 /usr/bin/celery -A app worker -c 2", "celery-worker"),
        ("/usr/bin/python3 /usr/bin/celery -A app beat", "celery-beat"),
        ("python -m celery -A app worker", "celery-worker"),
        ("[celeryd: celery@host:MainProcess] -active- (worker)", "celery-worker"),
        ("/usr/bin/python3 /usr/bin/rq worker high", "rq-worker"),
        ("sidekiq 7.2.0 app [0 of 5 busy]", "sidekiq"),
        ("/usr/sbin/cron -f", "cron"),
    ],
)
def test_a_worker_has_no_port(line: str, slug: str) -> None:
    service = only(seen(f"1 0 {line}"))

    assert (service.type, service.port, service.status) == (slug, None, "no-port")


@pytest.mark.parametrize(
    "facts",
    [
        seen("1 0 sleep infinity", image="redis:7"),
        seen("1 0 grep redis-server"),
        seen("1 0 sh -c sleep 1000"),
        seen("1 0 redis-cli -h db -p 6379"),
        seen("1 0 tail -f /var/log/nginx/access.log"),
        seen("1 0 python worker.py"),
        seen("1 0 node worker.js"),
        seen("1 0 sh -c cat", "7 1 cat"),
    ],
    ids=lambda facts: facts.tasks[-1].text,
)
def test_what_serves_nobody_is_no_service(facts: Facts) -> None:
    assert found(facts).services == ()


def test_an_image_alone_makes_a_candidate() -> None:
    (candidate,) = found(seen("1 0 sleep infinity", image="bitnami/redis:7@sha256:1")).candidates

    assert (candidate.type, candidate.status) == ("redis", "not-listening")
    assert candidate.confidence < REPORTED
    assert found(seen("1 0 sleep infinity", image="myredis-client")).candidates == ()


def test_a_port_alone_names_no_product() -> None:
    assert only(seen(("1 0 /app/thing", "0.0.0.0:6379"))).type == "unknown"


def test_a_program_of_another_name_is_known_by_what_it_prints_and_its_port() -> None:
    facts = seen(("1 0 /app/cache", "0.0.0.0:6379"), image="redis:7", log=("* Ready to accept connections tcp",))

    assert only(facts).type == "redis"


@pytest.mark.parametrize(
    ("line", "slug"),
    [("python server.py", "unknown-python"), ("ruby server.rb", "unknown-ruby"), ("/app/x", "unknown")],
)
def test_a_listener_that_nobody_knows_is_told_by_its_language(line: str, slug: str) -> None:
    service = only(seen((f"1 0 {line}", "0.0.0.0:7777")))

    assert (service.type, service.port) == (slug, 7777)
    assert service.confidence >= REPORTED


def test_what_a_compiled_program_was_made_by_is_told() -> None:
    facts = seen(("1 0 /app/api", "0.0.0.0:8080"))
    made = replace(facts, tasks=(replace(facts.tasks[0], language="go"),))

    assert only(made).type == "unknown-go"
    assert only(replace(made, answers={8080: "http"})).type == "go-http"


# Trees.


def test_children_that_hold_the_socket_belong_to_the_service_that_started_them() -> None:
    service = only(
        seen("1 0 /usr/sbin/varnishd -F -a :6081", ("20 1 cache-main -F", ["0.0.0.0:6081", "127.0.0.1:40123"]))
    )

    assert (service.type, service.port, service.ports) == ("varnish", 6081, {})


def test_workers_of_a_reloading_server_are_the_server() -> None:
    facts = seen(
        ("1 0 /usr/bin/python3 /usr/bin/uvicorn main:app --reload", "0.0.0.0:8000"),
        "9 1 /usr/bin/python3 -c from multiprocessing.resource_tracker import main;main(5)",
        "10 1 /usr/bin/python3 -c from multiprocessing.spawn import spawn_main; spawn_main()",
    )
    shared = replace(facts.tasks[2], sockets=facts.tasks[0].sockets)

    assert only(replace(facts, tasks=(*facts.tasks[:2], shared))).type == "uvicorn"


@pytest.mark.parametrize(
    "wrapper",
    [
        "tini -- redis-server",
        "/usr/bin/dumb-init redis-server",
        "/bin/sh /usr/local/bin/docker-entrypoint.sh redis",
        "bash -c redis-server",
        "gosu redis redis-server",
        "npm run start",
        "timeout 100 redis-server",
    ],
)
def test_what_only_starts_something_is_looked_through(wrapper: str) -> None:
    assert only(seen(f"1 0 {wrapper}", ("7 1 redis-server *:6379", "0.0.0.0:6379"))).type == "redis"


@pytest.mark.parametrize(
    ("lines", "supervisor"),
    [
        (["1 0 /usr/bin/python3 /usr/bin/supervisord -n"], "supervisord"),
        (["1 0 s6-svscan /run/service", "2 1 s6-supervise nginx"], "s6"),
        (["1 0 runsvdir /etc/service", "2 1 runsv nginx"], "runit"),
    ],
)
def test_a_supervisor_is_named_and_what_it_runs_are_the_services(lines: list[str], supervisor: str) -> None:
    parent = len(lines)
    discovery = found(
        seen(
            *lines,
            (f"10 {parent} nginx: master process nginx", "0.0.0.0:80"),
            "11 10 nginx: worker process",
            (f"12 {parent} redis-server *:6379", "127.0.0.1:6379"),
            f"13 {parent} /usr/sbin/cron -f",
        )
    )

    assert discovery.supervisor == supervisor
    assert {(one.type, one.port, one.status) for one in discovery.services} == {
        ("nginx", 80, "listening"),
        ("redis", 6379, "loopback-only"),
        ("cron", None, "no-port"),
    }


def test_two_unknown_programs_under_a_shell_are_two_services() -> None:
    services = found(
        seen("1 0 sh -c start", ("7 1 python a.py", "0.0.0.0:1000"), ("8 1 python b.py", "0.0.0.0:2000"))
    ).services

    assert {service.port for service in services} == {1000, 2000}


def test_ports_that_are_not_for_clients_are_told_by_their_roles() -> None:
    service = only(
        seen(("1 0 beam.smp -s rabbit boot", ["[::]:4369", "[::]:5672", "[::]:15672", "[::]:25672", "[::]:15692"]))
    )

    assert service.port == 5672
    assert service.ports == {"management": 15672, "cluster": 25672, "epmd": 4369, "metrics": 15692}


def test_of_several_unknown_ports_a_published_one_is_the_clients() -> None:
    facts = seen(("1 0 /app/x", ["0.0.0.0:7000", "0.0.0.0:8000", "0.0.0.0:9000"]), published=frozenset((8000,)))

    assert only(facts).port == 8000
    assert only(facts).ports == {"port-7000": 7000, "port-9000": 9000}


# Times and ways of looking.


def test_what_does_not_listen_yet_is_starting_and_later_is_not_listening() -> None:
    young, old = only(seen("1 0 mysqld", age=YOUNG, image="mysql:8")), only(seen("1 0 mysqld", image="mysql:8"))

    assert (young.status, young.port) == ("starting", None)
    assert (old.status, old.port) == ("not-listening", None)
    assert old.confidence < young.confidence


def test_sockets_of_others_in_a_shared_network_are_nobodys() -> None:
    facts = replace(seen("1 0 redis-server *:6379", age=YOUNG), listeners=(listener(999, "0.0.0.0:6379"),))

    assert only(facts).status == "starting"


def test_without_rights_the_only_service_has_the_sockets_of_its_network_with_less_confidence() -> None:
    facts = seen("1 0 redis-server *:6390", sockets="seen", image="redis:7")
    service = only(replace(facts, listeners=(listener(9, "0.0.0.0:6390"),)))

    assert (service.port, service.status, service.confidence) == (6390, "listening", 0.7)


@pytest.mark.parametrize(
    ("facts", "port", "source"),
    [
        (seen("1 0 redis-server *:6380", sockets="unknown", source="top"), 6380, "args"),
        (seen("1 0 uvicorn main:app --port 8100", sockets="unknown", source="top"), 8100, "args"),
        (seen("1 0 gunicorn -b :8011 app:app", sockets="unknown", source="top"), 8011, "args"),
        (seen("1 0 uvicorn a:b", sockets="unknown", source="top", environment={"UVICORN_PORT": "81"}), 81, "env"),
        (
            seen("1 0 uvicorn a:b", sockets="unknown", source="top", log=("Uvicorn running on http://0.0.0.0:8222",)),
            8222,
            "log",
        ),
        (seen("1 0 nginx", sockets="unknown", source="top", exposed=frozenset((443, 80))), 80, "image"),
        (seen("1 0 mysqld", sockets="unknown", source="top"), 3306, "default"),
    ],
)
def test_where_sockets_cant_be_seen_the_port_is_the_one_that_is_told(facts: Facts, port: int, source: str) -> None:
    service = only(facts)

    assert (service.port, service.port_source, found(facts).source) == (port, source, "top")


# Frameworks.


@pytest.mark.parametrize("slug", ["fastapi", "django", "flask"])
def test_an_application_is_named_by_what_it_imports_and_its_server_beside_it(slug: str) -> None:
    facts = seen(("1 0 gunicorn -b :80 web.main:app", "0.0.0.0:80"), workdir="/srv")
    service = only(replace(facts, files={"/srv/web/main.py": f"import os\nfrom {slug} import x\n"}))

    assert (service.type, service.server, service.port) == (slug, "gunicorn", 80)


def test_an_application_that_describes_itself_is_made_with_fastapi() -> None:
    service = only(seen(("1 0 uvicorn main:app", "0.0.0.0:80"), answers={80: "fastapi"}))

    assert (service.type, service.server) == ("fastapi", "uvicorn")


def test_a_node_application_is_named_by_what_it_depends_on() -> None:
    facts = seen(("1 0 node /app/dist/main.js", "[::]:3000"))

    nest, plain = '{"dependencies": {"@nestjs/core": "10", "express": "4"}}', '{"dependencies": {"express": "4"}}'
    assert only(replace(facts, files={"/app/package.json": nest})).type == "nestjs"
    assert only(replace(facts, files={"/app/package.json": plain})).type == "express"
    assert only(replace(facts, files={"/app/package.json": "not JSON"})).type == "node"


# Labels.


def test_a_label_settles_what_runs() -> None:
    facts = seen(("1 0 /app/x", "0.0.0.0:7000"), labels={"ergon.dev/service": "billing:7000"})

    assert (only(facts).type, only(facts).port, only(facts).confidence) == ("billing", 7000, 0.99)


def test_a_label_for_what_does_not_listen_is_told_as_it_is() -> None:
    services = found(seen("1 0 /app/x", labels={"ergon.dev/service": "billing:7000"})).services

    assert [(one.type, one.port, one.status) for one in services] == [("billing", 7000, "not-listening")]


# Invariants.

_WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)


@given(lines=st.lists(st.lists(_WORD, min_size=1, max_size=6), min_size=1, max_size=5), port=st.integers(1, 65535))
def test_whatever_runs_every_answer_is_well_formed(lines: list[list[str]], port: int) -> None:
    processes = [f"{at + 1} {at} {' '.join(words)}" for at, words in enumerate(lines)]

    discovery = found(seen(*processes[:-1], (processes[-1], f"0.0.0.0:{port}")))

    assert all(REPORTED <= one.confidence <= 0.99 and one.evidence for one in discovery.services)
    assert all(one.confidence < REPORTED for one in discovery.candidates)
    known = {port for row in SIGNATURES for port in row.ports}
    assert {one.port for one in (*discovery.services, *discovery.candidates)} <= {port, None} | known


def test_what_a_container_is_to_run_is_a_candidate_while_it_does_not() -> None:
    stopped = replace(seen("1 0 redis-server", source="inspect"), running=False, sockets="unknown")

    assert found(stopped).services == ()
    assert [(one.type, one.status) for one in found(stopped).candidates] == [("redis", "not-listening")]


def test_a_program_that_may_yet_listen_is_told_while_it_starts() -> None:
    assert only(seen("1 0 node server.js", age=YOUNG)).status == "starting"


def test_processes_in_a_circle_end_the_search() -> None:
    assert found(seen("1 2 nginx", "2 1 nginx")).services == ()


def test_a_server_that_listens_at_a_file_has_no_port_and_one_that_should_listen_is_not_listening() -> None:
    assert only(seen("1 0 gunicorn -b unix:/run/app.sock app:app")).status == "no-port"
    assert only(seen("1 0 gunicorn app:app")).status == "not-listening"
