"""What programs say before they end: one line of the real software each, and its cause."""

import pytest

from container_ci.diagnosis.diagnose import diagnose
from tests.container_ci.diagnosis.scenes import ended

TRACE = 'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    run()\n'


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("pids-limit", "sh: 1: Cannot fork"),
        ("pids-limit", TRACE + "RuntimeError: can't start new thread"),
        ("nofile-limit", TRACE + "OSError: [Errno 24] Too many open files: '/tmp/a'"),
        ("disk-full", TRACE + "OSError: [Errno 28] No space left on device: '/tmp/a'"),
        ("read-only-fs", "touch: cannot touch '/data/x': Read-only file system"),
        ("file-permission", TRACE + "PermissionError: [Errno 13] Permission denied: '/data/state.json'"),
        (
            "shm-too-small",
            'ERROR:  could not resize shared memory segment "/PostgreSQL.12" to 8388608 bytes: No space left on device',
        ),
        ("privileged-port", "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"),
        ("privileged-port", TRACE.replace("run()", "server.bind()") + "PermissionError: [Errno 13] Permission denied"),
        ("capability-missing", "mount: /mnt: permission denied."),
        ("dns-failure", TRACE + "socket.gaierror: [Errno -3] Temporary failure in name resolution"),
        ("dns-failure", 'nginx: [emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:9'),
        (
            "dns-failure",
            "Error: getaddrinfo ENOTFOUND db\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:71:26)",
        ),
        ("dns-failure", 'could not translate host name "db" to address: Name or service not known'),
        ("dns-failure", "2026/05/01 12:00:00 dial tcp: lookup db on 127.0.0.11:53: no such host"),
        (
            "dependency-refused",
            (
                "Error: connect ECONNREFUSED 172.18.0.2:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] "
                "(node:net:1300:16)"
            ),
        ),
        (
            "dependency-refused",
            TRACE + "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
        ),
        ("dependency-localhost", TRACE + "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)"),
        (
            "dependency-timeout",
            TRACE
            + 'psycopg2.OperationalError: connection to server at "10.1.2.3", port 5432 failed: Connection timed out',
        ),
        (
            "dependency-not-ready",
            "psql: error: connection to server failed: FATAL:  the database system is starting up",
        ),
        ("auth-failed", 'FATAL:  password authentication failed for user "shop"'),
        (
            "auth-failed",
            "redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair or user is disabled.",
        ),
        ("auth-failed", "ERROR 1045 (28000): Access denied for user 'shop'@'172.18.0.9' (using password: YES)"),
        ("db-missing", 'FATAL:  database "shop" does not exist'),
        (
            "migration-pending",
            TRACE + 'sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "users" does not exist',
        ),
        ("migration-pending", TRACE + "sqlite3.OperationalError: no such table: users"),
        (
            "tls-error",
            TRACE + "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] "
            "certificate verify failed: self-signed certificate (_ssl.c:992)",
        ),
        ("tls-error", TRACE + "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)"),
        (
            "clock-skew",
            TRACE + "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] "
            "certificate verify failed: certificate is not yet valid (_ssl.c:992)",
        ),
        ("address-in-use-inside", TRACE + "OSError: [Errno 98] Address already in use"),
        ("address-in-use-inside", "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)"),
        (
            "address-in-use-inside",
            (
                "Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle [as "
                "_listen2] (node:net:1463:16)"
            ),
        ),
        ("rate-or-conn-limit", "psycopg2.OperationalError: FATAL:  sorry, too many clients already"),
        (
            "env-missing",
            (
                'Traceback (most recent call last):\n  File "/app/a.py", line 2, in <module>\n    url = '
                "os.environ[\"DATABASE_URL\"]\nKeyError: 'DATABASE_URL'"
            ),
        ),
        ("env-missing", "Error: Database is uninitialized and superuser password is not specified."),
        ("env-missing", "/entrypoint.sh: line 3: API_URL: unbound variable"),
        ("env-missing", "Error: Missing required environment variable: STRIPE_KEY"),
        (
            "env-missing",
            "panic: DATABASE_URL is not set\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d",
        ),
        ("env-missing", "Error: Environment variable not found: DATABASE_URL."),
        (
            "env-missing",
            TRACE + "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nstripe_key\n"
            "  Field required [type=missing, input_value={}, input_type=dict]",
        ),
        ("config-syntax", "Error: File contains no section headers.\nfile: '/s.conf', line: 1\n'[supervisord\\n'"),
        ("config-syntax", 'nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3'),
        (
            "config-syntax",
            "[ALERT]    (1) : config : parsing [/etc/haproxy.cfg:4] : unknown keyword 'bnid' in 'frontend' section",
        ),
        (
            "config-syntax",
            (
                "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n>>> "
                "'maxmemry 1mb'\nBad directive or wrong number of arguments"
            ),
        ),
        (
            "config-syntax",
            (
                "AH00526: Syntax error on line 12 of /etc/apache2/apache2.conf:\nInvalid command 'Lisen', perhaps "
                "misspelled"
            ),
        ),
        ("config-syntax", "1767: Error: Unknown configuration variable 'listner'."),
        ("module-missing", TRACE + "ModuleNotFoundError: No module named 'requests'"),
        (
            "module-missing",
            (
                "node:internal/modules/cjs/loader:1080\n  throw err;\n  ^\n\nError: Cannot find module "
                "'express'\nRequire stack:\n- /app/server.js\n    at Module._resolveFilename "
                "(node:internal/modules/cjs/loader:1077:15)"
            ),
        ),
        (
            "module-missing",
            (
                "/app/serve: error while loading shared libraries: libpq.so.5: cannot open shared object file: No "
                "such file or directory"
            ),
        ),
        (
            "module-missing",
            "/app/serve: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app/serve)",
        ),
        ("app-import-path", 'ERROR:    Error loading ASGI app. Could not import module "main".'),
        ("app-import-path", 'ERROR:    Error loading ASGI app. Attribute "application" not found in module "main".'),
        ("app-import-path", "Failed to find attribute 'application' in 'main'."),
        ("syntax-error", '  File "/app/main.py", line 3\n    def main(:\n             ^\nSyntaxError: invalid syntax'),
        ("uncaught-exception", TRACE + "ZeroDivisionError: division by zero"),
        (
            "uncaught-exception",
            (
                "/app/server.js:12\n    throw new Error('boom');\n    ^\n\nError: boom\n    at Object.<anonymous> "
                "(/app/server.js:12:11)\n\nNode.js v18.19.0"
            ),
        ),
        (
            "go-panic",
            (
                "panic: runtime error: index out of range [3] with length 2\n\ngoroutine 1 "
                "[running]:\nmain.main()\n\t/app/main.go:9 +0x1d"
            ),
        ),
        ("runs-as-root-refused", '"root" execution of the PostgreSQL server is not permitted.'),
        ("runs-as-root-refused", "can't run as root without the -u switch"),
        ("data-dir-bad", "2026-05-01 12:00:00.0 UTC [1] FATAL:  database files are incompatible with server"),
        (
            "data-dir-bad",
            (
                "redis 1:M 01 May 2026 12:00:00.000 # Bad file format reading the append only file: make a backup "
                "of your AOF file"
            ),
        ),
        (
            "license-or-vm-setting",
            (
                "ERROR: [1] bootstrap checks failed\nmax virtual memory areas vm.max_map_count [65530] is too low, "
                "increase to at least [262144]"
            ),
        ),
        ("worker-timeout", "[2026-05-01 12:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:7)"),
    ],
)
def test_the_words_of_a_program_name_the_cause(rule: str, text: str) -> None:
    findings = diagnose(ended(1, text)).findings

    assert [findings[0].rule, len(findings)] == [rule, 1], [one.rule for one in findings]
    assert findings[0].evidence[0].text in text
