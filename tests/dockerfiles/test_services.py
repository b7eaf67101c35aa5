import pytest

from dockerfiles import services
from dockerfiles.services import Ecosystem


@pytest.mark.parametrize(
    ("ecosystem", "name", "service"),
    [
        ("python", "Psycopg2_Binary", "postgres"),
        ("python", "django-redis", "redis"),
        ("node", "ioredis", "redis"),
        ("go", "github.com/jackc/pgx/v5", "postgres"),
        ("go", "go.mongodb.org/mongo-driver/v2", "mongodb"),
        ("dotnet", "Npgsql.EntityFrameworkCore.PostgreSQL", "postgres"),
        ("php", "ext-mysqli", "mysql"),
        # An ORM talks to many services, and a name that contains another is another.
        ("python", "sqlalchemy", None),
        ("node", "pg-format", None),
    ],
)
def test_a_driver_tells_its_service(ecosystem: Ecosystem, name: str, service: str | None) -> None:
    assert services.of_driver(ecosystem, name) == service


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("postgresql+asyncpg://app@db/shop", "postgres"),
        ("see https://example.org, or rediss://cache:6379/0", "redis"),
        ("mongodb+srv://cluster0", "mongodb"),
        ("pyamqp://guest@localhost//", "rabbitmq"),
        ("sqlite:///app.db", None),
    ],
)
def test_an_address_tells_its_service(address: str, service: str | None) -> None:
    assert services.of_address(address) == service


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("postgres:16-alpine", ("postgres", "16")),
        ("docker.io/bitnami/mariadb:10.11", ("mysql", "10.11")),
        ("registry.example:5000/team/redis@sha256:00", ("redis", "")),
        ("mcr.microsoft.com/mssql/server:2022-latest", ("mssql", "2022")),
        ("postgres-exporter:1", None),
    ],
)
def test_an_image_tells_its_service_and_version(image: str, found: tuple[str, str] | None) -> None:
    assert services.of_image(image) == found
