"""What runs in production, by the scripts and files that people really have."""

import json
from collections.abc import Mapping

import pytest

from dockerfiles.analysis import Analysis
from dockerfiles.language import Wishes
from dockerfiles.languages.node import LANGUAGE
from dockerfiles.tree import in_memory

EXPRESS = "const express = require('express')\nexpress().listen(process.env.PORT || 3000)\n"
TYPED = "import express from 'express'\nexpress().listen(process.env.PORT || 3000)\n"
SETTINGS = '{"compilerOptions": {"outDir": "./build", "rootDir": "./src"}}'


def analysed(scripts: Mapping[str, str], files: Mapping[str, str], *packages: str, **fields: str) -> Analysis:
    manifest = {"name": "x", "scripts": scripts, "dependencies": dict.fromkeys(("express", *packages), "*"), **fields}
    return LANGUAGE.analyse(in_memory({"package.json": json.dumps(manifest), **files}), Wishes())


@pytest.mark.parametrize(
    ("start", "files", "runs"),
    [
        ("node -r dotenv/config ./src/server.js", {"src/server.js": EXPRESS}, "node -r dotenv/config ./src/server.js"),
        ("NODE_ENV=production node app", {"app.js": EXPRESS}, "node app"),
        ("cross-env TZ=UTC node app.js", {"app.js": EXPRESS}, "env TZ=UTC node app.js"),
        ("PORT=4567 node app.js", {"app.js": EXPRESS}, "node app.js"),
        ("node --watch --env-file=.env app.js", {"app.js": EXPRESS}, "node app.js"),
        ("node app.js > log.txt 2>&1", {"app.js": EXPRESS}, "node app.js"),
        ("nodemon --exec node app.js", {"app.js": EXPRESS}, "node app.js"),
        ("forever start app.js", {"app.js": EXPRESS}, "node app.js"),
        ("pm2 start app.js -i max --name web", {"app.js": EXPRESS}, "node app.js"),
        ("yarn node app.js", {"app.js": EXPRESS}, "node app.js"),
        ("node ./bin/www", {"bin/www": EXPRESS}, "node ./bin/www"),
        ("node missing.js", {"server.js": EXPRESS}, "node server.js"),
        ("cd server && node index.js", {"server/index.js": EXPRESS}, "node server/index.js"),
        ("node app.js --port $PORT", {"app.js": EXPRESS}, "exec node app.js --port $PORT"),
        ("tsx src/index.ts", {"src/index.ts": TYPED}, "tsx src/index.ts"),
        (
            "pm2-runtime ecosystem.config.js",
            {"ecosystem.config.js": "module.exports = { apps: [{ script: './lib/app.js' }] }", "lib/app.js": EXPRESS},
            "node lib/app.js",
        ),
    ],
)
def test_a_start_script_is_read_for_what_it_runs(start: str, files: Mapping[str, str], runs: str) -> None:
    command = analysed({"start": start}, files).run_command

    assert command is not None
    assert " ".join(command.argv) == runs


@pytest.mark.parametrize(
    "start",
    [
        "ts-node src/index.ts",
        "nodemon --exec ts-node src/index.ts",
        "tsx watch src/index.ts",
        "npm run build && node build",
    ],
)
def test_typescript_that_a_script_builds_runs_compiled(start: str) -> None:
    files = {"src/index.ts": TYPED, "tsconfig.json": SETTINGS}
    found = analysed({"build": "tsc", "start": start}, files, "typescript", "tsx")

    assert found.run_command is not None
    assert found.run_command.argv[:1] == ("node",)
    assert found.run_command.argv[1].startswith("build")
    assert found.build_commands == ("npm run build",)


def test_production_scripts_go_before_start() -> None:
    scripts = {"start": "node dev.js", "start:prod": "node prod.js"}
    command = analysed(scripts, {"dev.js": EXPRESS, "prod.js": EXPRESS}).run_command

    assert command is not None
    assert command.argv == ("node", "prod.js")


def test_a_migration_before_the_start_is_a_step_of_the_release() -> None:
    found = analysed({"start": "prisma migrate deploy && node app.js"}, {"app.js": EXPRESS}, "prisma")

    assert found.run_command is not None
    assert found.run_command.argv == ("node", "app.js")
    assert found.release_command is not None
    assert found.release_command.argv == ("prisma", "migrate", "deploy")


@pytest.mark.parametrize("start", ["vite", "vite preview --port 80", "serve -s dist", "react-scripts start"])
def test_what_only_shows_a_front_end_is_served_as_files(start: str) -> None:
    files = {"index.html": "<p>", "src/main.js": "import { createApp } from 'vue'"}
    found = analysed({"build": "vite build", "start": start}, files, "vue", "vite")

    assert found.kind == "static"
    assert found.static is not None
    assert found.static.root == "dist"
