"""Which packages bring the themes and extensions that a site's configuration names; "" for what is built in."""

# What a build installs where the project itself pins nothing.
PINS = {
    "mkdocs": "1.6.1",
    "mkdocs-material": "9.6.14",
    "mkdocs-awesome-pages-plugin": "2.10.1",
    "mkdocs-minify-plugin": "0.8.0",
    "sphinx": "8.2.3",
    "sphinx-rtd-theme": "3.0.2",
    "furo": "2025.12.19",
    "myst-parser": "4.0.1",
    "pelican": "4.11.0",
    "pelican[markdown]": "4.11.0",
}

MKDOCS_THEMES = {"mkdocs": "", "readthedocs": "", "material": "mkdocs-material", "bootswatch": "mkdocs-bootswatch"}
MKDOCS_PLUGINS = {
    "search": "",
    **dict.fromkeys(("blog", "tags", "social", "privacy", "offline", "meta", "group", "info"), "mkdocs-material"),
    **{f"material/{name}": "mkdocs-material" for name in ("search", "blog", "tags", "privacy", "offline", "group")},
    "awesome-pages": "mkdocs-awesome-pages-plugin",
    "minify": "mkdocs-minify-plugin",
    "macros": "mkdocs-macros-plugin",
    "mkdocstrings": "mkdocstrings[python]",
    "redirects": "mkdocs-redirects",
    "mermaid2": "mkdocs-mermaid2-plugin",
    "glightbox": "mkdocs-glightbox",
    "section-index": "mkdocs-section-index",
    "literate-nav": "mkdocs-literate-nav",
    "gen-files": "mkdocs-gen-files",
    "include-markdown": "mkdocs-include-markdown-plugin",
    "table-reader": "mkdocs-table-reader-plugin",
    "rss": "mkdocs-rss-plugin",
    "i18n": "mkdocs-static-i18n",
    "git-revision-date": "mkdocs-git-revision-date-plugin",
    "git-revision-date-localized": "mkdocs-git-revision-date-localized-plugin",
    "git-authors": "mkdocs-git-authors-plugin",
}

SPHINX_THEMES = {
    **dict.fromkeys(("alabaster", "basic", "classic", "sphinxdoc", "nature", "pyramid", "haiku", "bizstyle"), ""),
    "sphinx_rtd_theme": "sphinx-rtd-theme",
    "furo": "furo",
    "pydata_sphinx_theme": "pydata-sphinx-theme",
    "sphinx_book_theme": "sphinx-book-theme",
    "sphinx_material": "sphinx-material",
    "piccolo_theme": "piccolo-theme",
    "shibuya": "shibuya",
}
EXTENSIONS = {
    "myst_parser": "myst-parser",
    "sphinx_rtd_theme": "sphinx-rtd-theme",
    "sphinx_copybutton": "sphinx-copybutton",
    "sphinx_design": "sphinx-design",
    "sphinx_tabs.tabs": "sphinx-tabs",
    "sphinx_inline_tabs": "sphinx-inline-tabs",
    "sphinxcontrib.mermaid": "sphinxcontrib-mermaid",
    "sphinxcontrib.httpdomain": "sphinxcontrib-httpdomain",
    "sphinx_sitemap": "sphinx-sitemap",
    "sphinxext.opengraph": "sphinxext-opengraph",
    "notfound.extension": "sphinx-notfound-page",
    "autoapi.extension": "sphinx-autoapi",
    "breathe": "breathe",
    "nbsphinx": "nbsphinx",
    "myst_nb": "myst-nb",
    "numpydoc": "numpydoc",
    "recommonmark": "recommonmark",
}
