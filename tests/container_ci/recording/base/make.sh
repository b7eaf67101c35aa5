#!/usr/bin/env bash
# make.sh FOLDER: the base that all recorded containers run on, as FOLDER/root and FOLDER/root.tar: Debian bookworm with
# the servers, Python environments below /opt, Node.js modules, and the small programs beside this file. Needs root,
# debootstrap, gcc, go, a JDK 17, npm and Node.js 20.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
root=$folder/root
mkdir -p "$folder"
debootstrap --variant=minbase --include=ca-certificates bookworm "$root"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/" && cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev"
trap 'umount "$root/proc" "$root/dev"' EXIT
inside() { chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$@"; }
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends redis-server redis-sentinel nginx-light apache2 postgresql-15 mariadb-server \
  memcached mosquitto haproxy varnish php-fpm php-cli lighttpd etcd-server prometheus prometheus-node-exporter \
  prometheus-alertmanager prometheus-redis-exporter cron openssh-server vsftpd dnsmasq bind9 unbound postfix dovecot-imapd squid \
  supervisor s6 tini dumb-init gosu python3-venv nats-server docker-registry pgbouncer slapd coturn rabbitmq-server uwsgi-core \
  uwsgi-plugin-python3 curl busybox-static procps iproute2 netcat-openbsd caddy influxdb puma ruby-sinatra unicorn sudo \
  openjdk-17-jre-headless icecast2
environment() { inside python3 -m venv "/opt/$1" && inside "/opt/$1/bin/pip" install -q "${@:2}"; }
environment asgi uvicorn starlette gunicorn hypercorn granian waitress uvicorn-worker aiohttp
environment fast 'fastapi[standard]' uvicorn gunicorn uvicorn-worker hypercorn granian redis psycopg2-binary pydantic-settings setproctitle
environment flask flask gunicorn waitress redis psycopg2-binary PyMySQL requests pika sqlalchemy
environment django django gunicorn daphne uvicorn psycopg2-binary
environment tasks 'celery[redis]' flower rq redis 'dramatiq[redis]' pika
environment data notebook streamlit
mkdir -p "$root"/opt/{node/pages,c,go,java,arm64}
(cd "$root/opt/node" && npm install --no-audit --no-fund express next react react-dom fastify vite ioredis @nestjs/core @nestjs/common \
  @nestjs/platform-express reflect-metadata rxjs pm2)
mkdir -p "$root/usr/local/lib/node_modules" && cp "$(command -v node)" "$root/usr/local/bin/node"
cp -a "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/" && ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
echo 'export default function Page() { return <p>hi</p> }' > "$root/opt/node/pages/index.js"
echo '{"name": "shop-front", "scripts": {"start": "next start"}, "dependencies": {"next": "16", "react": "19", "react-dom": "19"}}' > "$root/opt/node/package.json"
inside sh -c 'cd /opt/node && NEXT_TELEMETRY_DISABLED=1 node node_modules/.bin/next build --webpack'
for source in "$here"/*.c; do gcc -O0 -o "$root/opt/c/$(basename "$source" .c)" "$source"; done
for source in "$here"/*.go; do CGO_ENABLED=0 GO111MODULE=off go build -o "$root/opt/go/$(basename "$source" .go)" "$source"; done
javac --release 17 -d "$root/opt/java" "$here"/*.java
inside dpkg --add-architecture arm64 && inside apt-get update -qq
(cd "$folder" && chroot "$root" sh -c 'cd /tmp && apt-get download -qq busybox-static:arm64 && dpkg -x busybox-static*arm64.deb arm64' \
  && find "$root/tmp/arm64" -type f -name busybox -exec cp {} "$root/opt/arm64/" \;)
tar -C "$root" --exclude=./dev --exclude=./proc --exclude=./sys --exclude=./root/.cache --exclude=./usr/share/doc --exclude=./usr/share/locale -cf "$folder/root.tar" .
