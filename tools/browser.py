"""What the tests and `make pdf` share: pages served on this machine, and a Chromium to open them in."""

import contextlib
import functools
import http.server
import shutil
import threading
from pathlib import Path

# The first is Chromium without the windows, which nobody sees here: its tests take a sixth less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update",
         "--process-per-site",  # a page opens in half the time beside another
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # no other host exists


class Pages(http.server.SimpleHTTPRequestHandler):
    """Quiet, and as GitHub Pages does it: below a prefix, kept for ten minutes, else 404.html."""

    protocol_version = "HTTP/1.1"  # one connection for many files
    disable_nagle_algorithm = True  # which would make each of them wait

    def __init__(self, *arguments, prefix, **named):
        self.prefix = prefix
        super().__init__(*arguments, **named)

    def translate_path(self, path):
        inside = path.startswith(self.prefix)
        return super().translate_path(path.removeprefix(self.prefix) if inside else "/nowhere")

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory, "404.html")
        if code != 404 or not page.is_file():
            return super().send_error(code, message, explain)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a page was closed while it loaded


@contextlib.contextmanager
def serve(folder, prefix=""):
    """The address under which the folder is served, to this machine only, until the block ends.

    prefix : such as "/digits-from-scratch", under which GitHub Pages has it; all else is not found
    """
    handler = functools.partial(Pages, directory=folder, prefix=prefix)
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{prefix}"
        finally:
            server.shutdown()


def launch(playwright, engine="chromium"):
    """The machine's own Chromium, or Playwright's build of firefox or webkit (`playwright install`)."""
    options = {"executable_path": CHROMIUM, "args": FLAGS} if engine == "chromium" else {}
    return getattr(playwright, engine).launch(**options)
