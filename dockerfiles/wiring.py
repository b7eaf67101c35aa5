"""The services that applications need, as containers, and which variable of an application says where one is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Stands for the password of a service where its lines are written down.
PASSWORD = "{password}"  # noqa: S105 - a place for one
_USER = "app"


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of service: its image, what it is asked and told, where it keeps its data, and its address."""

    image: str
    tag: str
    port: int
    url: str
    probe: str = "tcp"
    data: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()

    @property
    def has_password(self) -> bool:
        return any(PASSWORD in value for value in self.environment.values())


SERVICES: Mapping[str, Service] = {
    "postgres": Service(
        *("postgres", "17", 5432, f"postgresql://{_USER}:{PASSWORD}@postgres:5432/{_USER}", "postgres"),
        data="/var/lib/postgresql/data",
        environment={"POSTGRES_USER": _USER, "POSTGRES_DB": _USER, "POSTGRES_PASSWORD": PASSWORD},
    ),
    "mysql": Service(
        *("mysql", "8.4", 3306, f"mysql://{_USER}:{PASSWORD}@mysql:3306/{_USER}", "mysql"),
        data="/var/lib/mysql",
        environment={
            "MYSQL_USER": _USER,
            "MYSQL_DATABASE": _USER,
            "MYSQL_PASSWORD": PASSWORD,
            "MYSQL_RANDOM_ROOT_PASSWORD": "yes",
        },
    ),
    "mongodb": Service("mongo", "8", 27017, f"mongodb://mongodb:27017/{_USER}", "mongodb", data="/data/db"),
    "redis": Service("redis", "7", 6379, "redis://redis:6379/0", "redis", data="/data"),
    "valkey": Service("valkey/valkey", "8", 6379, "redis://valkey:6379/0", "redis", data="/data"),
    "memcached": Service("memcached", "1.6", 11211, "memcached:11211", "memcached"),
    "rabbitmq": Service(
        *("rabbitmq", "4", 5672, f"amqp://{_USER}:{PASSWORD}@rabbitmq:5672/", "amqp"),
        data="/var/lib/rabbitmq",
        environment={"RABBITMQ_DEFAULT_USER": _USER, "RABBITMQ_DEFAULT_PASS": PASSWORD},
    ),
    "nats": Service("nats", "2", 4222, "nats://nats:4222", "nats"),
    "kafka": Service("apache/kafka", "4.0.0", 9092, "kafka:9092", "kafka"),
    "mqtt": Service("eclipse-mosquitto", "2", 1883, "mqtt://mqtt:1883", "mqtt"),
    "elasticsearch": Service(
        *("elasticsearch", "8.19.0", 9200, "http://elasticsearch:9200"),
        data="/usr/share/elasticsearch/data",
        environment={"discovery.type": "single-node", "xpack.security.enabled": "false"},
    ),
    "meilisearch": Service("getmeili/meilisearch", "v1.15", 7700, "http://meilisearch:7700", data="/meili_data"),
    "clickhouse": Service("clickhouse/clickhouse-server", "25.3", 8123, "http://clickhouse:8123"),
    "minio": Service(
        *("minio/minio", "RELEASE.2025-04-22T22-12-26Z", 9000, "http://minio:9000"),
        data="/data",
        environment={"MINIO_ROOT_USER": _USER, "MINIO_ROOT_PASSWORD": PASSWORD},
        command=("server", "/data"),
    ),
    "qdrant": Service("qdrant/qdrant", "v1.14.0", 6333, "http://qdrant:6333", data="/qdrant/storage"),
}

_DATABASES = ("postgres", "mysql", "mongodb")
_OWN_WORDS = {
    "postgres": "POSTGRES|POSTGRESQL|PG",
    "mysql": "MYSQL|MARIADB",
    "mongodb": "MONGO|MONGODB",
    "redis": "REDIS|CACHE|CELERY_BROKER|CELERY_RESULT|RESULT|BROKER|QUEUE",
    "valkey": "VALKEY|REDIS|CACHE",
    "rabbitmq": "RABBITMQ|RABBIT|AMQP|CLOUDAMQP|CELERY_BROKER|BROKER",
    "memcached": "MEMCACHED|MEMCACHE|MEMCACHIER|CACHE",
    "minio": "MINIO|S3|AWS_S3",
}
_ANY_DATABASE = "DATABASE|DB|SQLALCHEMY_DATABASE|SQL"
_PARTS = (
    (
        "url",
        "URL|URI|DSN|CONNECTION_STRING|BACKEND|ENDPOINT|ENDPOINT_URL|SERVERS?|BROKERS|BOOTSTRAP_SERVERS|ADDR|ADDRESS",
    ),
    ("host", "HOST|HOSTNAME"),
    ("port", "PORT"),
    ("user", "USER|USERNAME"),
    ("password", "PASS|PASSWORD|PWD"),
    ("name", "NAME|DB|DATABASE"),
)


def value_for(variable: str, services: Sequence[str]) -> tuple[str, str] | None:
    """Return what a variable of an application has to say where these services run, and which of them it is about.

    In the value `PASSWORD` stands for that service's password. None when it is about none of them.
    """
    database = next((each for each in services if each in _DATABASES), "")
    for service in services:
        if service not in SERVICES:
            continue
        words = _OWN_WORDS.get(service, re.escape(service.upper()))
        if service == database:
            words = f"{words}|{_ANY_DATABASE}"
        for part, endings in _PARTS:
            if re.fullmatch(rf"(?:\w+_)?(?:{words})_?(?:{endings})", variable.upper()):
                return _value(part, service), service
    return None


def _value(part: str, service: str) -> str:
    known = SERVICES[service]
    password = PASSWORD if known.has_password else ""
    values = {"url": known.url, "host": service, "port": str(known.port), "user": _USER, "name": _USER}
    return {**values, "password": password}[part]
