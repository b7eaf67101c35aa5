"""Libraries that servers and workers are made with. One counts when it is asked for and imported as well."""

from collections.abc import Iterable
from dataclasses import dataclass

from dockerfiles.analysis import Evidence
from dockerfiles.languages.node.project import Project


@dataclass(frozen=True, slots=True)
class Library:
    """`port` is where it listens when its program does not say, None for what listens nowhere."""

    name: str
    packages: tuple[str, ...]
    port: int | None = 3000


# What is built upon others comes before them.
SERVERS = (
    Library("feathers", ("@feathersjs/feathers", "@feathersjs/express", "@feathersjs/koa"), 3030),
    Library("loopback", ("@loopback/rest", "@loopback/core", "loopback")),
    Library("sails", ("sails",), 1337),
    Library("egg", ("egg",), 7001),
    Library("midway", ("@midwayjs/core", "@midwayjs/web"), 7001),
    Library("parse-server", ("parse-server",), 1337),
    Library("moleculer-web", ("moleculer-web",)),
    Library("fastify", ("fastify", "@fastify/autoload", "fastify-cli")),
    Library("hono", ("hono", "@hono/node-server")),
    Library("elysia", ("elysia",)),
    Library("hapi", ("@hapi/hapi", "hapi")),
    Library("restify", ("restify",), 8080),
    Library("koa", ("koa",)),
    Library("express", ("express",)),
    Library("polka", ("polka",)),
    Library("h3", ("h3", "listhen")),
    Library("apollo-server", ("@apollo/server", "apollo-server", "apollo-server-express"), 4000),
    Library("graphql-yoga", ("graphql-yoga",), 4000),
    Library("micro", ("micro",)),
    Library("tinyhttp", ("@tinyhttp/app",)),
    Library("hyper-express", ("hyper-express", "uWebSockets.js")),
    Library("connect", ("connect", "finalhandler", "router")),
    Library("socket.io", ("socket.io",)),
    Library("colyseus", ("colyseus", "@colyseus/core"), 2567),
    Library("peer", ("peer",), 9000),
    Library("ws", ("ws", "websocket"), 8080),
    Library("grpc", ("@grpc/grpc-js", "grpc"), 50051),
    Library("json-server", ("json-server",)),
)
WORKERS = (
    Library("discord.js", ("discord.js", "eris", "oceanic.js", "@sapphire/framework", "discordx"), None),
    Library("telegraf", ("telegraf", "grammy", "node-telegram-bot-api"), None),
    Library("slack-bolt", ("@slack/bolt",), 3000),
    Library("bullmq", ("bullmq", "bull", "bee-queue", "agenda", "kue", "pg-boss", "graphile-worker"), None),
    Library("moleculer", ("moleculer",), None),
    Library("temporal", ("@temporalio/worker",), None),
    Library("amqplib", ("amqplib", "amqp-connection-manager", "rascal"), None),
    Library("kafkajs", ("kafkajs", "node-rdkafka"), None),
    Library("nats", ("nats",), None),
    Library("mqtt", ("mqtt",), None),
    Library("sqs-consumer", ("sqs-consumer",), None),
    Library("cron", ("node-cron", "cron", "node-schedule", "croner", "toad-scheduler"), None),
    Library("whatsapp", ("whatsapp-web.js", "@whiskeysockets/baileys"), None),
    Library("mcp", ("@modelcontextprotocol/sdk", "fastmcp"), None),
    Library("tmi.js", ("tmi.js",), None),
    Library("matrix", ("matrix-bot-sdk",), None),
)


@dataclass(frozen=True, slots=True)
class Found:
    library: Library
    package: str
    file: str
    evidence: Evidence


def used(project: Project, files: Iterable[str], libraries: Iterable[Library]) -> Found | None:
    """Return the first of these libraries that the project asks for and one of these files imports."""
    files = tuple(files)
    for library in libraries:
        for package in library.packages:
            if project.has(package) and (file := project.code.importer(package, of=files)):
                line = project.code.where_imported(file, package)
                text = project.code.content(file).split("\n")[line - 1].strip() if line else package
                evidence = Evidence("framework", project.tree.whole(file), line, text[:200], "dependency and import")
                return Found(library, package, file, evidence)
    return None
