"""Which Debian packages a dependency needs to be built and to run, in every language, for bookworm and trixie.

Names are matched exactly, as their registry spells them; what a dependency brings ready compiled is left out.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from dockerfiles.analysis import SystemPackages
from dockerfiles.services import Ecosystem, spelt

Debian = Literal["bookworm", "trixie"]

# A C compiler where recommended packages are not installed: gcc alone has no headers to compile against.
_CC = "gcc libc6-dev"
_CXX = "g++"
_NODE_GYP = "python3 make g++"
_CHROMIUM = (
    "chromium fonts-liberation libnss3 libgbm1 libdrm2 libxkbcommon0 libxcomposite1 libxdamage1 libxrandr2 "
    "libasound2/libasound2t64 libatk1.0-0/libatk1.0-0t64 libatk-bridge2.0-0/libatk-bridge2.0-0t64 "
    "libcups2/libcups2t64"
)


@dataclass(frozen=True, slots=True)
class Library:
    """What some dependencies have in common: Debian packages to `build` them, and those they `run` with.

    A word `a/b` is package a on bookworm and b on trixie, either of them empty where there is none. The dependencies
    of each ecosystem are words too: `name[extra]` goes before `name`, and `~name` needs this only when it is compiled
    during the build rather than installed ready from its registry.
    """

    build: str = ""
    run: str = ""
    python: str = ""
    node: str = ""
    ruby: str = ""
    php: str = ""
    rust: str = ""
    elixir: str = ""


_LIBRARIES = (
    # Databases
    Library(
        f"libpq-dev {_CC}",
        "libpq5",
        python="psycopg2 psycopg[c] psycopg-c psycopg2cffi",
        ruby="pg",
        php="ext-pgsql ext-pdo_pgsql",
        node="pg-native libpq",
    ),
    Library("libpq-dev", "libpq5", rust="pq-sys"),
    Library("", "libpq5", python="psycopg"),
    # Each brings a libpq of its own.
    Library("", "", python="psycopg[binary] psycopg2-binary psycopg-binary"),
    Library(
        f"default-libmysqlclient-dev pkg-config {_CC}", "libmariadb3", python="mysqlclient flask-mysqldb", ruby="mysql2"
    ),
    Library("default-libmysqlclient-dev pkg-config", "libmariadb3", rust="mysqlclient-sys"),
    Library(f"libmariadb-dev {_CC}", "libmariadb3", python="mariadb"),
    Library(f"freetds-dev {_CC}", "libsybdb5", python="~pymssql", ruby="tiny_tds", php="ext-pdo_dblib"),
    # The wheels bring the driver manager; the vendor's driver is the user's matter.
    Library(
        f"unixodbc-dev {_CXX}",
        "libodbc2 unixodbc",
        python="~pyodbc aioodbc",
        ruby="ruby-odbc",
        php="ext-odbc ext-pdo_odbc",
    ),
    Library("", "libodbc2 unixodbc", python="pyodbc"),
    Library("", "libaio1/libaio1t64", python="cx-oracle"),
    Library(f"libsqlite3-dev {_CC}", "libsqlite3-0", ruby="sqlite3", python="pysqlite3 pysqlcipher3"),
    Library("libsqlite3-dev", "libsqlite3-0", rust="~libsqlite3-sys"),
    Library(f"librdkafka-dev {_CC}", "librdkafka1", python="~confluent-kafka", php="ext-rdkafka"),
    Library(f"librdkafka-dev python3 make {_CXX}", "librdkafka1", node="~node-rdkafka"),
    Library(
        f"libmemcached-dev zlib1g-dev {_CC}",
        "libmemcached11/libmemcached11t64",
        python="pylibmc",
        php="ext-memcached",
    ),
    Library(
        f"libldap-dev libsasl2-dev {_CC}", "libldap-2.5-0/libldap2 libsasl2-2", python="python-ldap django-auth-ldap"
    ),
    Library("libldap-dev", "libldap-2.5-0/libldap2", php="ext-ldap"),
    Library(
        f"libkrb5-dev {_CC}", "libgssapi-krb5-2", python="gssapi pykerberos kerberos requests-kerberos requests-gssapi"
    ),
    Library(f"libzmq3-dev {_CXX}", "libzmq5", python="~pyzmq", ruby="ffi-rzmq", php="ext-zmq"),
    Library("libzmq3-dev pkg-config", "libzmq5", rust="zmq"),
    # Cryptography and transport
    Library(
        f"libssl-dev libffi-dev pkg-config rustc cargo {_CC}", "libssl3/libssl3t64", python="~cryptography ~pyopenssl"
    ),
    Library("libssl-dev pkg-config", "libssl3/libssl3t64 ca-certificates", rust="openssl-sys native-tls"),
    Library(f"libffi-dev {_CC}", "libffi8", python="~cffi ~argon2-cffi ~bcrypt", ruby="ffi", php="ext-ffi"),
    Library(f"libsodium-dev {_CC}", "libsodium23", python="~pynacl", ruby="rbnacl", php="ext-sodium"),
    Library("libsodium-dev pkg-config", "libsodium23", rust="~libsodium-sys"),
    Library(
        f"libxmlsec1-dev libxml2-dev pkg-config {_CC}",
        "libxmlsec1-openssl/libxmlsec1t64-openssl",
        python="~xmlsec",
    ),
    Library("", "xmlsec1", python="pysaml2 djangosaml2"),
    Library(f"libcurl4-openssl-dev libssl-dev {_CC}", "libcurl4/libcurl4t64", python="~pycurl", ruby="curb"),
    Library("libcurl4-openssl-dev pkg-config", "libcurl4/libcurl4t64", rust="~curl-sys"),
    Library("clang libclang-dev cmake", "", rust="aws-lc-sys bindgen clang-sys"),
    Library("protobuf-compiler", "", rust="prost-build tonic-build"),
    # Documents and text
    Library(f"libxml2-dev libxslt1-dev {_CC}", "libxml2 libxslt1.1", python="~lxml"),
    Library("libxml2-dev libxslt1-dev", "libxml2 libxslt1.1", php="ext-xsl"),
    Library("libxml2-dev", "libxml2", php="ext-soap"),
    Library(f"libxml2-dev libxslt1-dev pkg-config {_CC} make patch", "libxml2 libxslt1.1", ruby="~nokogiri"),
    Library(
        "",
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        python="weasyprint django-weasyprint flask-weasyprint",
    ),
    Library(f"libcairo2-dev pkg-config {_CC}", "libcairo2", python="pycairo rlpycairo", ruby="cairo"),
    Library("", "libcairo2", python="cairosvg cairocffi svglib"),
    Library("", "poppler-utils", python="pdf2image"),
    Library(f"libpoppler-cpp-dev pkg-config {_CXX}", "libpoppler-cpp0v5/libpoppler-cpp2", python="pdftotext"),
    Library("", "tesseract-ocr", python="pytesseract tesserocr ocrmypdf", ruby="rtesseract", node="node-tesseract-ocr"),
    Library("", "libmagic1/libmagic1t64", python="python-magic", ruby="ruby-filemagic"),
    Library("", "wkhtmltopdf/", python="pdfkit django-wkhtmltopdf imgkit", ruby="wicked_pdf pdfkit"),
    Library("", "graphviz", python="graphviz pydot", ruby="rails-erd ruby-graphviz", node="graphviz"),
    Library(f"libgraphviz-dev pkg-config {_CC}", "graphviz", python="pygraphviz"),
    Library("", "pandoc", python="pypandoc", ruby="pandoc-ruby", node="node-pandoc"),
    Library("", "ghostscript", python="camelot-py ghostscript"),
    Library(f"libyaml-dev {_CC}", "libyaml-0-2", python="~pyyaml", ruby="psych", php="ext-yaml"),
    Library(f"libicu-dev pkg-config {_CXX}", "libicu72/libicu76", python="pyicu", ruby="charlock_holmes"),
    Library("libicu-dev", "libicu72/libicu76", php="ext-intl"),
    Library(f"libenchant-2-dev {_CC}", "libenchant-2-2", python="pyenchant"),
    Library("libonig-dev", "libonig5", php="~ext-mbstring"),
    # Pictures, sound, moving pictures
    Library(
        f"libjpeg-dev zlib1g-dev libfreetype-dev {_CC}",
        "libjpeg62-turbo libopenjp2-7 libtiff6 libwebp7",
        python="~pillow ~pillow-simd",
    ),
    Library("", "libgl1 libglib2.0-0/libglib2.0-0t64", python="opencv-python opencv-contrib-python"),
    Library("", "libglib2.0-0/libglib2.0-0t64", python="opencv-python-headless opencv-contrib-python-headless"),
    Library("", "libgl1 libsm6 libxext6", python="mediapipe pyqt5 pyqt6 pyside6 easyocr"),
    Library(
        "",
        "ffmpeg",
        python="pydub moviepy openai-whisper ffmpeg-python ffmpeg-normalize yt-dlp",
        ruby="streamio-ffmpeg",
        node="fluent-ffmpeg",
        php="php-ffmpeg/php-ffmpeg",
    ),
    Library("", "libsndfile1", python="soundfile librosa pysoundfile"),
    Library(f"portaudio19-dev {_CC}", "libportaudio2", python="pyaudio"),
    Library("", "libportaudio2", python="sounddevice"),
    Library("", "libopus0 ffmpeg", python="discord-py[voice] py-cord[voice]"),
    Library("", "espeak-ng", python="pyttsx3 phonemizer"),
    Library(f"libvips-dev {_CXX}", "libvips42/libvips42t64", python="pyvips", ruby="ruby-vips image_processing"),
    Library(
        f"libmagickwand-dev {_CC} make",
        "libmagickwand-6.q16-6/libmagickwand-7.q16-10",
        ruby="rmagick",
        php="ext-imagick",
    ),
    Library("", "imagemagick", ruby="mini_magick", node="gm imagemagick"),
    Library("", "libmagickwand-6.q16-6/libmagickwand-7.q16-10", python="wand"),
    Library(
        f"libcairo2-dev libpango1.0-dev libjpeg-dev libgif-dev librsvg2-dev pkg-config {_NODE_GYP}",
        "libcairo2 libpangocairo-1.0-0 libjpeg62-turbo libgif7 librsvg2-2",
        node="~canvas",
    ),
    Library(
        "libpng-dev libjpeg-dev libfreetype-dev libwebp-dev",
        "libpng16-16/libpng16-16t64 libjpeg62-turbo libfreetype6 libwebp7",
        php="ext-gd",
    ),
    Library("libzip-dev", "libzip4/libzip5", php="ext-zip"),
    Library("libgmp-dev", "libgmp10", php="ext-gmp"),
    Library("libbz2-dev", "libbz2-1.0", php="ext-bz2"),
    Library("libtidy-dev", "libtidy5deb1/libtidy58", php="ext-tidy"),
    Library("libssh2-1-dev", "libssh2-1/libssh2-1t64", php="ext-ssh2"),
    Library("libc-client2007e-dev/ libkrb5-dev/", "libc-client2007e/", php="ext-imap"),
    Library("", "libzbar0/libzbar0t64", python="pyzbar"),
    Library("", "libdmtx0b/libdmtx0t64", python="pylibdmtx"),
    # Numbers, maps
    Library("", "libgomp1", python="xgboost lightgbm scikit-learn torch faiss-cpu"),
    Library(f"libhdf5-dev pkg-config {_CC}", "libhdf5-103-1/libhdf5-310", python="~h5py ~tables"),
    Library(f"libgmp-dev libmpfr-dev libmpc-dev {_CC}", "libgmp10", python="~gmpy2", ruby="~gmp"),
    Library(
        f"libgdal-dev gdal-bin {_CXX}", "libgdal32/libgdal36 libgeos-c1v5/libgeos-c1t64", python="gdal ~fiona ~rasterio"
    ),
    Library(f"libgeos-dev libproj-dev {_CXX}", "libgeos-c1v5/libgeos-c1t64", python="~shapely ~pyproj", ruby="rgeo"),
    Library(f"libspatialindex-dev {_CXX}", "libspatialindex6/libspatialindex8", python="~rtree"),
    Library(f"libsnappy-dev {_CXX}", "libsnappy1v5", python="~python-snappy", ruby="snappy"),
    # The system itself
    Library(f"{_CC} libpcre2-dev", "libpcre2-8-0", python="uwsgi"),
    Library(f"{_CC}", "", python="netifaces ~psutil ~gevent ~greenlet pycrypto bjoern"),
    Library(f"libsystemd-dev pkg-config {_CC}", "libsystemd0", python="systemd-python cysystemd", ruby="systemd"),
    Library(
        f"libdbus-1-dev libglib2.0-dev pkg-config {_CC}",
        "libdbus-1-3 libglib2.0-0/libglib2.0-0t64",
        python="dbus-python",
    ),
    Library(
        f"libgirepository1.0-dev/libgirepository-2.0-dev libcairo2-dev pkg-config {_CC}",
        "libgirepository-1.0-1/libgirepository-2.0-0 gir1.2-glib-2.0",
        python="pygobject",
    ),
    Library(f"libusb-1.0-0-dev {_CC}", "libusb-1.0-0", python="pyusb libusb1"),
    Library(f"libudev-dev {_NODE_GYP}", "libusb-1.0-0 libudev1", node="~usb ~serialport"),
    Library(f"libsecret-1-dev pkg-config {_NODE_GYP}", "libsecret-1-0", node="keytar"),
    Library(f"libvirt-dev pkg-config {_CC}", "libvirt0", python="libvirt-python"),
    Library(f"libsnmp-dev {_CC}", "libsnmp40/libsnmp40t64", python="easysnmp"),
    Library("", "git", python="gitpython", node="simple-git", ruby="git"),
    Library("", "openssl", node="prisma @prisma/client"),
    Library("", "libjemalloc2", ruby="jemalloc"),
    Library(_NODE_GYP, "", node="bcrypt better-sqlite3 argon2 sqlite3 re2 node-gyp bufferutil utf-8-validate node-pty"),
    Library("make gcc libc6-dev", "", elixir="bcrypt_elixir argon2_elixir pbkdf2_elixir comeonin exqlite"),
    # Browsers: Debian's own, which there is for every architecture.
    Library(
        "",
        _CHROMIUM,
        python="playwright selenium pyppeteer splinter helium undetected-chromedriver",
        node="puppeteer puppeteer-core playwright playwright-core",
        ruby="grover ferrum cuprite selenium-webdriver",
        php="spatie/browsershot",
    ),
)


def packages(
    ecosystem: Literal["python", "node", "ruby", "php", "rust", "elixir"],
    dependencies: Iterable[str],
    debian: Debian,
    *,
    compiled: Collection[str] = (),
) -> SystemPackages:
    """Return the Debian packages that these dependencies need, and for which each is there.

    Args:
        ecosystem: whose names the dependencies are.
        dependencies: names, with the extras that are asked for in brackets: `psycopg[binary]`, `httpx[http2,brotli]`.
        debian: the release that is built on and run on; names of packages differ.
        compiled: the dependencies that the build compiles although their registry has them ready compiled.
    """
    build: dict[str, str] = {}
    run: dict[str, str] = {}
    sources = {spelt(ecosystem, name) for name in compiled}
    for dependency in dependencies:
        for library in _libraries_of(ecosystem, dependency, sources):
            for words, needed in ((library.build, build), (library.run, run)):
                for package in _named(words, debian):
                    needed.setdefault(package, dependency)
    return SystemPackages(tuple(sorted(build)), tuple(sorted(run)), dict(sorted((build | run).items())))


def _libraries_of(ecosystem: Ecosystem, dependency: str, compiled: Collection[str]) -> tuple[Library, ...]:
    name, _, extras = dependency.rstrip("]").partition("[")
    name = spelt(ecosystem, name)
    known = _by_name(ecosystem)
    if name in compiled and f"~{name}" in known:
        return known[f"~{name}"]
    for extra in sorted(filter(None, (part.strip() for part in extras.split(",")))):
        if found := known.get(f"{name}[{extra}]"):
            return found
    return known.get(name, ())


@cache
def _by_name(ecosystem: Ecosystem) -> dict[str, tuple[Library, ...]]:
    names: dict[str, tuple[Library, ...]] = {}
    for library in _LIBRARIES:
        for name in getattr(library, ecosystem).split():
            names[name] = (*names.get(name, ()), library)
    return names


def _named(words: str, debian: Debian) -> list[str]:
    """Return the packages of one release; names that are the same in both are written once."""
    named = []
    for word in words.split():
        bookworm, slash, trixie = word.partition("/")
        named.append(trixie if slash and debian == "trixie" else bookworm)
    return [name for name in named if name]
