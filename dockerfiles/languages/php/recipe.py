"""How a PHP site is put together: libraries, assets, extensions, and Apache as a user who is not root."""

from shlex import quote

from dockerfiles import frontend, staging
from dockerfiles.analysis import Analysis, Command
from dockerfiles.language import Wishes, rebased
from dockerfiles.languages.php import analysing, extensions, site
from dockerfiles.recipe import Base, Copy, Recipe, Run, Stage, Step, Workdir
from dockerfiles.tree import Tree

HOME = "/var/www/html"
_CONFIGURED = "/usr/local/etc/php"
_COMPOSER = Base("composer", "2", "")
# Where its image keeps what it has fetched.
_COMPOSER_CACHE = "/tmp/cache"  # noqa: S108 - a folder of the image that builds
# Debian's Apache has no `apache2-foreground`; its settings come from a file for shells.
_DEBIAN_APACHE = Command.for_shell(". /etc/apache2/envvars && exec apache2 -DFOREGROUND")
_DEBIAN_NAMES = {"pdo_mysql": "mysql", "mysqli": "mysql", "pdo_pgsql": "pgsql", "soap": "soap", "xsl": "xml"}
_IN_DEBIAN = frozenset({"opcache", "exif", "pcntl", "sockets", "calendar", "gettext", "shmop", "ffi"})
_RUNS_IN = ("/var/run/apache2", "/var/lock/apache2", "/var/log/apache2")
_WRITTEN = {
    "laravel": ("storage", "bootstrap/cache"),
    "lumen": ("storage",),
    "symfony": ("var",),
    "cakephp": ("tmp", "logs"),
    "yii": ("runtime", "web/assets"),
    "codeigniter": ("writable",),
    "craft": ("storage", "web/cpresources"),
    "drupal": ("web/sites/default/files",),
    "wordpress": ("wp-content",),
}
_SETTINGS = {
    "laravel": {"APP_ENV": "production", "LOG_CHANNEL": "stderr"},
    "symfony": {"APP_ENV": "prod", "APP_DEBUG": "0"},
}


def recipe(analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
    """Return how the site is built and run."""
    manifest = site.composer(tree)
    texts = extensions.code(tree)
    wanted, _ = extensions.needed(tree, manifest, site.framework(tree, manifest), texts)
    front = frontend.found(tree, "")
    whole = bool(wishes.bases.get(""))
    compiled = [name for name in wanted if not whole]
    stages = [
        *([_vendor(analysis, tree, wishes)] if analysis.install_commands else []),
        *([frontend.stage(front, tree, wishes)] if front else []),
        *([_extensions(analysis, compiled, wishes)] if compiled else []),
        _run(analysis, list(wanted), front, tree, wishes),
    ]
    written = tuple(f"{HOME}/{folder}" for folder in _WRITTEN.get(analysis.framework, ()))
    runtime = staging.runtime(
        analysis,
        probe="php",
        writable=(*written, *(_RUNS_IN if whole else ())),
        environment=_SETTINGS.get(analysis.framework, {}),
        stop_signal="SIGWINCH",
        honours_port=True,
        command=_DEBIAN_APACHE if whole and analysis.run_command == Command(("apache2-foreground",)) else None,
    )
    return Recipe(
        tuple(stages), runtime, tuple(path for path in ("bin", "build", "tmp", "log") if tree.has_folder(path))
    )


def _vendor(analysis: Analysis, tree: Tree, wishes: Wishes) -> Stage:
    base, installed = staging.toolchain(_COMPOSER, ("composer", "git", "unzip"), wishes)
    files = ("composer.json", "composer.lock", "symfony.lock", "auth.json")
    steps: tuple[Step, ...] = (
        *installed,
        Workdir(staging.BUILT_IN),
        *staging.manifests(tree, files, "What names the libraries: this layer lasts until they change"),
        Run(
            analysis.install_commands,
            "The libraries, without those for development",
            caches={"composer": _COMPOSER_CACHE},
        ),
        staging.everything(),
        Run((analysing.AUTOLOAD,), "Where each class is, written down once"),
    )
    return Stage("vendor", base, steps, "The libraries")


def _extensions(analysis: Analysis, wanted: list[str], wishes: Wishes) -> Stage:
    base = rebased(_php(analysis), wishes)
    shipped = [name for name in wanted if name in extensions.SHIPPED]
    # Since 8.5 it is part of PHP itself.
    shipped = [name for name in shipped if name != "opcache" or _before(analysis.language_version.value, (8, 5))]
    library = [f"{name}-{extensions.LIBRARY[name]}" for name in wanted if name in extensions.LIBRARY]
    commands = []
    if "gd" in shipped:
        commands.append("docker-php-ext-configure gd --with-freetype --with-jpeg --with-webp")
    if shipped:
        commands.append(f'docker-php-ext-install -j"$(nproc)" {" ".join(shipped)}')
    if library:
        commands.append(f"pecl install {' '.join(library)}")
        commands.append(f"docker-php-ext-enable {' '.join(name for name in wanted if name in extensions.LIBRARY)}")
    steps = (
        *staging.packages(analysis.system_packages.build, "Libraries that the extensions are compiled against"),
        Run(tuple(commands), "The extensions that the code asks for"),
    )
    return Stage("extensions", base, steps, "The extensions, compiled where compilers may be")


def _run(analysis: Analysis, wanted: list[str], front: frontend.FrontEnd | None, tree: Tree, wishes: Wishes) -> Stage:
    root = analysis.artefacts[0] if analysis.artefacts else "."
    whole = bool(wishes.bases.get(""))
    routed = bool(analysis.framework) and not tree.has(f"{root}/.htaccess".removeprefix("./"))
    base, installed = staging.toolchain(_php(analysis), ("apache2", "libapache2-mod-php", *_debian(wanted)), wishes)
    compiled = (
        []
        if whole or not wanted
        else [
            Copy(
                ("/usr/local/lib/php/extensions/",),
                "/usr/local/lib/php/extensions/",
                "The extensions",
                origin="extensions",
            ),
            Copy((f"{_CONFIGURED}/conf.d/",), f"{_CONFIGURED}/conf.d/", "That they are used", origin="extensions"),
        ]
    )
    steps: tuple[Step, ...] = (
        *installed,
        *(() if whole else staging.packages(analysis.system_packages.runtime, "Libraries that the extensions use")),
        *compiled,
        Run(
            _served(f"{HOME}/{root}".removesuffix("/."), routed=routed, whole=whole),
            "Apache on the port that PORT names, which needs no root",
        ),
        Workdir(HOME),
        *_placed(analysis, front),
    )
    return Stage("run", base, steps, "The image: Apache with PHP and the site")


def _placed(analysis: Analysis, front: frontend.FrontEnd | None) -> tuple[Step, ...]:
    why = "The site, which Apache reads and does not write"
    source = (
        Copy((f"{staging.BUILT_IN}/",), "./", why, origin="vendor")
        if analysis.install_commands
        else staging.everything(why)
    )
    steps: list[Step] = [source]
    if front:
        public = analysis.artefacts[0] if analysis.artefacts else "public"
        steps.append(Copy((f"{front.path}/{public}/",), f"./{public}/", "The assets", origin="assets"))
    if analysis.framework == "symfony":
        # Without a .env, which is left out of the image, it wants this file instead.
        steps.append(
            Run(
                ("printf \"<?php return ['APP_ENV' => 'prod'];\\n\" > .env.local.php",),
                "Settings come from the environment",
            )
        )
    return tuple(steps)


def _served(root: str, *, routed: bool, whole: bool) -> tuple[str, ...]:
    lines = (
        "ServerName localhost",
        "<VirtualHost *>",
        f"  DocumentRoot {_quoted(root)}",
        f"  <Directory {_quoted(root)}>",
        "    Options -Indexes +FollowSymLinks",
        "    AllowOverride All",
        "    Require all granted",
        *(("    FallbackResource /index.php",) if routed else ()),
        "  </Directory>",
        "  ErrorLog /dev/stderr",
        "  CustomLog /dev/stdout combined",
        "</VirtualHost>",
    )
    printed = " \\\n        ".join(map(quote, lines))
    production = () if whole else (f"cp {_CONFIGURED}/php.ini-production {_CONFIGURED}/php.ini",)
    return (
        *production,
        "a2enmod rewrite headers",
        'printf "Listen \\${PORT}\\n" > /etc/apache2/ports.conf',
        f"printf '%s\\n' \\\n        {printed} \\\n        > /etc/apache2/sites-available/000-default.conf",
    )


def _quoted(path: str) -> str:
    return '"' + path.replace('"', "") + '"'


def _php(analysis: Analysis) -> Base:
    return Base("php", f"{analysis.language_version.value or site.VERSIONS[0]}-apache-bookworm")


def _debian(wanted: list[str]) -> list[str]:
    return sorted({f"php-{_DEBIAN_NAMES.get(name, name)}" for name in wanted if name not in _IN_DEBIAN})


def _before(version: str, bound: tuple[int, int]) -> bool:
    major, _, minor = version.partition(".")
    return not major.isdigit() or (int(major), int(minor) if minor.isdigit() else 0) < bound
