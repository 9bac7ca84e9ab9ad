"""Writing a file whole or not at all. The standard library alone: `make stamp` runs before set-up."""

import os
import shutil


def write_whole(path, content):
    """Replace a file in one step, so that a crash leaves the old one or the new one.

    content : str, written as it is (no line end is changed), or bytes
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
