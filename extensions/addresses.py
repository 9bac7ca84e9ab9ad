"""Where the book stands online: whole addresses in cards, canonical links, buttons and the page 404.html.

All of them follow from the repository's address. In a GitHub workflow it is the repository that runs the
workflow, so that the pages of a fork are right before anybody has changed a file; anywhere else it is the
one in _config.yml. `tools.stamp.building` decides.
"""

from html import escape
from urllib.parse import urlsplit

from tools.stamp import building, on_github, pages_address, stamped

NOT_FOUND = """<h1>There is no such page</h1>
<p>The address may be mistyped, or the page has moved. All pages of the book are in the list beside this text
(on a phone: behind the button at the top left).</p>
<ul><li><a href="{0}intro.html">The first page</a></li><li><a href="{0}search.html">Search</a></li>
<li><a href="{0}reference/glossary.html">Glossary</a></li></ul>
<p>If a link of ours has led you here, please <a href="{1}/issues">tell us</a>.</p>"""


def setup(app):
    # Before the theme and sphinx-notfound-page read these settings.
    app.connect("config-inited", set_addresses, priority=400)
    app.connect("source-read", stamp_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_addresses(app, config):
    """Write the addresses into the settings of the theme and the other extensions.

    `html: baseurl:` in _config.yml goes before, for a book that does not stand on GitHub Pages.
    """
    theme = config.html_theme_options
    app.stamped_address = theme["repository_url"], theme["repository_branch"]
    repository, branch = building(*app.stamped_address)
    theme["repository_url"], theme["repository_branch"] = repository, branch
    if not on_github(repository):
        theme["launch_buttons"] = {}  # Colab opens notebooks from GitHub only
    address = pages_address(repository, config.html_baseurl)
    config.html_baseurl = config.ogp_site_url = address
    config.notfound_urls_prefix = urlsplit(address).path or "/"
    body = NOT_FOUND.format(config.notfound_urls_prefix, escape(repository))
    config.notfound_context = {"title": "There is no such page", "body": body}


def stamp_source(app, docname, source):
    """Change links to the repository and to the online book in the text, as `make stamp` would."""
    new = building(*app.stamped_address)
    if new != app.stamped_address:
        source[0] = stamped(source[0], app.stamped_address, new, app.config.html_baseurl.rstrip("/"))
