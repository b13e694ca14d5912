"""The XML text inside a MusicXML file, plain or zipped, checked before any parser sees it.

Nothing is unpacked to disk, unpacking is bounded, and files that define XML entities (the way to
make a small file explode) are refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from muse.works.base import WishError

LARGEST_TEXT_BYTES = 32 * 1024 * 1024
"""A file that unpacks to more is refused."""


def xml_text(data: bytes, name: str) -> str:
    """The XML of a plain or zipped file, without entity definitions. Raises WishError."""
    if data[:2] == b"PK":
        data = _unzipped(data, name)
    if len(data) > LARGEST_TEXT_BYTES:
        raise WishError(
            f"{name}: more than {LARGEST_TEXT_BYTES:,} bytes of XML; Muse reads no more"
        )
    encoding = "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        declared = re.match(
            rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,100}encoding=["']([\w.-]+)""", data
        )
        if declared and declared[1].lower() in (b"iso-8859-1", b"latin-1", b"windows-1252"):
            encoding = "cp1252" if declared[1].lower() == b"windows-1252" else "latin-1"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise WishError(f"{name} is not MusicXML: its text is not in {encoding}") from None
    if "<!ENTITY" in text:
        raise WishError(f"{name} defines XML entities, which can be harmful; Muse does not read it")
    if "<score-partwise" not in text:
        hint = "; export it as score-partwise" if "<score-timewise" in text else ""
        raise WishError(f"{name} is not MusicXML: there is no <score-partwise> in it{hint}")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text).strip()


def _unzipped(data: bytes, name: str) -> bytes:
    """The score inside an .mxl file; nothing is written to disk. Raises WishError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            inner = ""
            if "META-INF/container.xml" in names:
                container = _member(archive, "META-INF/container.xml", name)
                found = re.search(
                    rb"""<rootfile[^>]{0,500}full-path\s*=\s*["']([^"']*)""", container
                )
                inner = found[1].decode("utf-8", "replace").replace("&amp;", "&") if found else ""
            if inner not in names:
                scores = [n for n in names if n.lower().endswith((".xml", ".musicxml"))]
                scores = [n for n in scores if not n.startswith(("META-INF/", "__MACOSX/"))]
                if not scores:
                    raise WishError(f"{name}: there is no MusicXML in this .mxl file")
                inner = scores[0]
            return _member(archive, inner, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise WishError(f"{name} is a damaged .mxl file: {error}") from None
    except (RuntimeError, NotImplementedError, KeyError, ValueError) as error:
        if isinstance(error, WishError):
            raise
        raise WishError(f"{name}: this .mxl file cannot be unpacked: {error}") from None


def _member(archive: zipfile.ZipFile, inner: str, name: str) -> bytes:
    """A file of an archive, unless it is too large."""
    with archive.open(inner) as file:
        data = file.read(LARGEST_TEXT_BYTES + 1)
    if len(data) > LARGEST_TEXT_BYTES:
        raise WishError(f"{name} unpacks to more than {LARGEST_TEXT_BYTES:,} bytes")
    return data
