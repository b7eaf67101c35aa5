"""The services that applications talk to: by the driver they use, the address they name, the image they run beside."""

import re
from functools import cache
from typing import Literal

Ecosystem = Literal["python", "node", "ruby", "php", "go", "rust", "jvm", "dotnet", "elixir"]

# Drivers of each service, exact names as their registry spells them (Go: module paths, without a major version;
# JVM: artefact ids; .NET: package ids in lower case). What can talk to several services (an ORM) is in none.
_DRIVERS: dict[Ecosystem, dict[str, str]] = {
    "python": {
        "postgres": "psycopg psycopg2 psycopg2-binary psycopg-binary asyncpg aiopg pg8000 psycopg2cffi pgvector",
        "mysql": "mysqlclient pymysql aiomysql asyncmy mysql-connector-python mysql-connector flask-mysqldb "
        "flask-mysql mariadb",
        "mssql": "pymssql pyodbc aioodbc mssql-django django-mssql-backend mssql-python",
        "oracle": "oracledb cx-oracle",
        "mongodb": "pymongo motor mongoengine flask-pymongo beanie odmantic flask-mongoengine djongo "
        "django-mongodb-backend",
        "redis": "redis aioredis redis-py-cluster django-redis flask-redis fakeredis rq django-rq channels-redis arq "
        "fastapi-cache2 redis-om taskiq-redis coredis",
        "valkey": "valkey valkey-glide",
        "memcached": "pymemcache pylibmc python-memcached aiomcache django-pymemcache python-binary-memcached",
        "rabbitmq": "pika aio-pika aiopika amqpstorm aioamqp",
        "kafka": "kafka-python kafka-python-ng confluent-kafka aiokafka faust faust-streaming quixstreams",
        "nats": "nats-py asyncio-nats-client",
        "mqtt": "paho-mqtt aiomqtt asyncio-mqtt gmqtt flask-mqtt hbmqtt",
        "elasticsearch": "elasticsearch elasticsearch-dsl elasticsearch-async django-elasticsearch-dsl",
        "opensearch": "opensearch-py opensearch-dsl",
        "meilisearch": "meilisearch meilisearch-python-sdk",
        "typesense": "typesense",
        "cassandra": "cassandra-driver scylla-driver",
        "clickhouse": "clickhouse-driver clickhouse-connect asynch clickhouse-sqlalchemy",
        "influxdb": "influxdb influxdb-client influxdb3-python",
        "neo4j": "neo4j py2neo neomodel",
        "couchdb": "couchdb",
        "qdrant": "qdrant-client",
        "weaviate": "weaviate-client",
        "milvus": "pymilvus",
        "chroma": "chromadb-client",
        "minio": "minio",
        "vault": "hvac",
        "etcd": "etcd3 python-etcd",
        "zookeeper": "kazoo",
        "temporal": "temporalio",
        "ldap": "python-ldap ldap3 django-auth-ldap",
    },
    "node": {
        "postgres": "pg pg-promise postgres pg-native slonik @types/pg connect-pg-simple pg-hstore "
        "@prisma/adapter-pg @vercel/postgres",
        "mysql": "mysql mysql2 mariadb promise-mysql",
        "mssql": "mssql tedious",
        "oracle": "oracledb",
        "mongodb": "mongodb mongoose monk @nestjs/mongoose mongojs connect-mongo agenda typegoose @typegoose/typegoose",
        "redis": "redis ioredis connect-redis bull bullmq @nestjs/bull @nestjs/bullmq bee-queue "
        "@socket.io/redis-adapter rate-limit-redis @fastify/redis cache-manager-redis-store kue",
        "memcached": "memcached memjs",
        "rabbitmq": "amqplib amqp-connection-manager @golevelup/nestjs-rabbitmq rascal",
        "kafka": "kafkajs kafka-node node-rdkafka @confluentinc/kafka-javascript",
        "nats": "nats @nats-io/transport-node",
        "mqtt": "mqtt async-mqtt",
        "elasticsearch": "@elastic/elasticsearch elasticsearch @nestjs/elasticsearch",
        "opensearch": "@opensearch-project/opensearch",
        "meilisearch": "meilisearch",
        "typesense": "typesense",
        "cassandra": "cassandra-driver",
        "clickhouse": "@clickhouse/client clickhouse",
        "influxdb": "influx @influxdata/influxdb-client",
        "neo4j": "neo4j-driver",
        "couchdb": "nano",
        "qdrant": "@qdrant/js-client-rest",
        "minio": "minio",
        "vault": "node-vault",
        "etcd": "etcd3",
        "zookeeper": "node-zookeeper-client",
        "temporal": "@temporalio/client @temporalio/worker",
        "ldap": "ldapjs ldapts",
    },
    "ruby": {
        "postgres": "pg sequel_pg que good_job",
        "mysql": "mysql2 trilogy",
        "mssql": "tiny_tds activerecord-sqlserver-adapter",
        "mongodb": "mongo mongoid mongo_mapper",
        "redis": "redis redis-rails redis-client sidekiq resque hiredis redis-store redis-actionpack",
        "memcached": "dalli",
        "rabbitmq": "bunny sneakers hutch",
        "kafka": "ruby-kafka rdkafka karafka racecar",
        "elasticsearch": "elasticsearch elasticsearch-rails elasticsearch-model chewy",
        "opensearch": "opensearch-ruby",
        "meilisearch": "meilisearch meilisearch-rails",
        "cassandra": "cassandra-driver",
        "neo4j": "neo4j-ruby-driver activegraph",
        "influxdb": "influxdb influxdb-client",
        "ldap": "net-ldap",
    },
    "php": {
        "postgres": "ext-pgsql ext-pdo_pgsql amphp/postgres",
        "mysql": "ext-mysqli ext-pdo_mysql amphp/mysql",
        "mssql": "ext-sqlsrv ext-pdo_sqlsrv",
        "mongodb": "ext-mongodb mongodb/mongodb mongodb/laravel-mongodb jenssegers/mongodb doctrine/mongodb-odm "
        "doctrine/mongodb-odm-bundle",
        "redis": "ext-redis predis/predis symfony/redis-messenger snc/redis-bundle laravel/horizon",
        "memcached": "ext-memcached ext-memcache",
        "rabbitmq": "ext-amqp php-amqplib/php-amqplib symfony/amqp-messenger bunny/bunny "
        "vladimir-yuldashev/laravel-queue-rabbitmq",
        "kafka": "ext-rdkafka enqueue/rdkafka longlang/phpkafka",
        "elasticsearch": "elasticsearch/elasticsearch ruflin/elastica",
        "opensearch": "opensearch-project/opensearch-php",
        "meilisearch": "meilisearch/meilisearch-php",
        "cassandra": "ext-cassandra",
        "neo4j": "laudis/neo4j-php-client",
        "ldap": "ext-ldap",
    },
    "go": {
        "postgres": "github.com/lib/pq gorm.io/driver/postgres github.com/go-pg/pg "
        "github.com/jackc/pgx github.com/uptrace/bun/driver/pgdriver",
        "mysql": "github.com/go-sql-driver/mysql gorm.io/driver/mysql",
        "mssql": "github.com/denisenkom/go-mssqldb github.com/microsoft/go-mssqldb gorm.io/driver/sqlserver",
        "mongodb": "go.mongodb.org/mongo-driver gopkg.in/mgo.v2 github.com/globalsign/mgo github.com/qiniu/qmgo",
        "redis": "github.com/go-redis/redis github.com/redis/go-redis github.com/gomodule/redigo "
        "github.com/garyburd/redigo github.com/hibiken/asynq github.com/redis/rueidis",
        "memcached": "github.com/bradfitz/gomemcache",
        "rabbitmq": "github.com/streadway/amqp github.com/rabbitmq/amqp091-go",
        "kafka": "github.com/segmentio/kafka-go github.com/Shopify/sarama github.com/IBM/sarama "
        "github.com/confluentinc/confluent-kafka-go github.com/twmb/franz-go",
        "nats": "github.com/nats-io/nats.go",
        "mqtt": "github.com/eclipse/paho.mqtt.golang",
        "elasticsearch": "github.com/elastic/go-elasticsearch github.com/olivere/elastic",
        "opensearch": "github.com/opensearch-project/opensearch-go",
        "cassandra": "github.com/gocql/gocql",
        "clickhouse": "github.com/ClickHouse/clickhouse-go gorm.io/driver/clickhouse",
        "influxdb": "github.com/influxdata/influxdb-client-go",
        "neo4j": "github.com/neo4j/neo4j-go-driver",
        "minio": "github.com/minio/minio-go",
        "vault": "github.com/hashicorp/vault/api",
        "etcd": "go.etcd.io/etcd/client",
        "temporal": "go.temporal.io/sdk",
        "ldap": "github.com/go-ldap/ldap",
    },
    "rust": {
        "postgres": "postgres tokio-postgres deadpool-postgres pq-sys",
        "mysql": "mysql mysql_async mysqlclient-sys",
        "mssql": "tiberius",
        "mongodb": "mongodb",
        "redis": "redis fred deadpool-redis bb8-redis apalis-redis",
        "memcached": "memcache",
        "rabbitmq": "lapin amqprs",
        "kafka": "rdkafka kafka",
        "nats": "async-nats nats",
        "mqtt": "rumqttc paho-mqtt",
        "elasticsearch": "elasticsearch",
        "opensearch": "opensearch",
        "cassandra": "scylla cdrs-tokio",
        "clickhouse": "clickhouse",
        "neo4j": "neo4rs",
        "qdrant": "qdrant-client",
        "etcd": "etcd-client",
        "ldap": "ldap3",
    },
    "jvm": {
        "postgres": "postgresql r2dbc-postgresql quarkus-jdbc-postgresql quarkus-reactive-pg-client vertx-pg-client",
        "mysql": "mysql-connector-java mysql-connector-j mariadb-java-client r2dbc-mysql quarkus-jdbc-mysql "
        "quarkus-jdbc-mariadb vertx-mysql-client",
        "mssql": "mssql-jdbc quarkus-jdbc-mssql",
        "oracle": "ojdbc8 ojdbc11 ojdbc17 quarkus-jdbc-oracle",
        "mongodb": "spring-boot-starter-data-mongodb spring-boot-starter-data-mongodb-reactive mongodb-driver-sync "
        "mongo-java-driver mongodb-driver-reactivestreams quarkus-mongodb-client quarkus-mongodb-panache",
        "redis": "spring-boot-starter-data-redis spring-boot-starter-data-redis-reactive jedis lettuce-core redisson "
        "quarkus-redis-client spring-session-data-redis",
        "memcached": "spymemcached",
        "rabbitmq": "spring-boot-starter-amqp amqp-client spring-rabbit quarkus-messaging-rabbitmq",
        "kafka": "spring-kafka kafka-clients kafka-streams quarkus-kafka-client quarkus-messaging-kafka",
        "elasticsearch": "spring-boot-starter-data-elasticsearch elasticsearch-java elasticsearch-rest-client "
        "elasticsearch-rest-high-level-client",
        "cassandra": "spring-boot-starter-data-cassandra java-driver-core cassandra-driver-core",
        "clickhouse": "clickhouse-jdbc",
        "neo4j": "spring-boot-starter-data-neo4j neo4j-java-driver",
        "minio": "minio",
        "zookeeper": "curator-recipes zookeeper",
        "ldap": "spring-boot-starter-data-ldap",
    },
    "dotnet": {
        "postgres": "npgsql npgsql.entityframeworkcore.postgresql aspire.npgsql",
        "mysql": "mysql.data mysqlconnector pomelo.entityframeworkcore.mysql mysql.entityframeworkcore",
        "mssql": "microsoft.data.sqlclient system.data.sqlclient microsoft.entityframeworkcore.sqlserver",
        "oracle": "oracle.manageddataaccess.core oracle.entityframeworkcore",
        "mongodb": "mongodb.driver mongodb.entityframeworkcore",
        "redis": "stackexchange.redis microsoft.extensions.caching.stackexchangeredis",
        "memcached": "enyimmemcachedcore",
        "rabbitmq": "rabbitmq.client masstransit.rabbitmq easynetq",
        "kafka": "confluent.kafka masstransit.kafka",
        "nats": "nats.client nats.net",
        "mqtt": "mqttnet",
        "elasticsearch": "nest elastic.clients.elasticsearch elasticsearch.net",
        "cassandra": "cassandracsharpdriver",
        "neo4j": "neo4j.driver",
        "minio": "minio",
    },
    "elixir": {
        "postgres": "postgrex",
        "mysql": "myxql mariaex",
        "mssql": "tds",
        "mongodb": "mongodb mongodb_driver",
        "redis": "redix exq verk",
        "rabbitmq": "amqp broadway_rabbitmq",
        "kafka": "kaffe brod kafka_ex broadway_kafka",
        "elasticsearch": "elasticsearch",
        "cassandra": "xandra",
        "neo4j": "bolt_sips",
    },
}

_SCHEMES = {
    "postgres": "postgres postgresql psql pgsql postgis timescale cockroachdb",
    "mysql": "mysql mariadb mysql2 mysqlx",
    "mssql": "mssql sqlserver",
    "oracle": "oracle",
    "mongodb": "mongodb",
    "redis": "redis rediss",
    "valkey": "valkey valkeys",
    "memcached": "memcached memcache pymemcache",
    "rabbitmq": "amqp amqps pyamqp rabbitmq",
    "kafka": "kafka",
    "nats": "nats",
    "mqtt": "mqtt mqtts",
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch",
    "clickhouse": "clickhouse clickhousedb",
    "neo4j": "neo4j bolt",
    "ldap": "ldap ldaps",
}
_BY_SCHEME = {scheme: service for service, schemes in _SCHEMES.items() for scheme in schemes.split()}
_SCHEME = re.compile(r"\b([a-z][a-z0-9]*)(?:\+[a-z0-9_]+)*://", re.IGNORECASE)

# The last part of an image's repository.
_IMAGES = {
    "postgres": "postgres postgresql postgis timescaledb pgvector timescale supabase-postgres",
    "mysql": "mysql mariadb percona mysql-server",
    "mssql": "mssql azure-sql-edge",
    "oracle": "oracle-xe oracle-free",
    "mongodb": "mongo mongodb mongodb-community-server",
    "redis": "redis redis-stack redis-stack-server keydb dragonfly",
    "valkey": "valkey",
    "memcached": "memcached",
    "rabbitmq": "rabbitmq",
    "kafka": "kafka cp-kafka redpanda kafka-native",
    "zookeeper": "zookeeper cp-zookeeper",
    "nats": "nats",
    "mqtt": "eclipse-mosquitto mosquitto emqx",
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch",
    "meilisearch": "meilisearch",
    "typesense": "typesense",
    "cassandra": "cassandra scylla",
    "clickhouse": "clickhouse clickhouse-server",
    "influxdb": "influxdb",
    "neo4j": "neo4j",
    "couchdb": "couchdb",
    "qdrant": "qdrant",
    "weaviate": "weaviate",
    "milvus": "milvus",
    "chroma": "chroma",
    "minio": "minio",
    "vault": "vault",
    "etcd": "etcd",
    "temporal": "temporal auto-setup",
    "ldap": "openldap",
}
_BY_IMAGE = {image: service for service, images in _IMAGES.items() for image in images.split()}
_TAG_VERSION = re.compile(r"^v?(\d+(?:\.\d+)*)")


def of_driver(ecosystem: Ecosystem, name: str) -> str | None:
    """Return the service that a dependency of this exact name talks to, None when it is no driver.

    Python names are compared as the index compares them, Go's without a major version, .NET's in any case.
    """
    return _by_driver(ecosystem).get(spelt(ecosystem, name))


def of_address(text: str) -> str | None:
    """Return the service of the first address in a text that names one (`postgresql+asyncpg://db/app`)."""
    for scheme in _SCHEME.findall(text):
        if service := _BY_SCHEME.get(scheme.lower()):
            return service
    return None


def of_image(reference: str) -> tuple[str, str] | None:
    """Return the service that an image is of, with the version its tag begins with ("" for none)."""
    path, _, _digest = reference.partition("@")
    head, _, last = path.rpartition("/")
    name, _, tag = last.partition(":")
    service = _BY_IMAGE.get(name.lower())
    if service is None and head.endswith("mssql"):
        service = "mssql"
    found = _TAG_VERSION.match(tag)
    return None if service is None else (service, found[1] if found else "")


@cache
def _by_driver(ecosystem: Ecosystem) -> dict[str, str]:
    return {driver: service for service, drivers in _DRIVERS[ecosystem].items() for driver in drivers.split()}


def spelt(ecosystem: Ecosystem, name: str) -> str:
    """Return the name of a dependency as its ecosystem compares names."""
    if ecosystem == "python":
        return re.sub(r"[-_.]+", "-", name).lower()
    if ecosystem == "go":
        return re.sub(r"/v\d+(?=/|$)", "", name)
    return name.lower() if ecosystem == "dotnet" else name
