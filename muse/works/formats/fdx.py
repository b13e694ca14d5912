"""Final Draft files (.fdx), the XML of the film industry's usual program.

A speech in verse is one paragraph with line breaks in it, a speech in prose a paragraph a line. What
Final Draft has no place for stands in XML comments, which other programs pass over: provenance and
the exact first page in one at the top, `verse` at a speech in verse of one line.
"""

from muse.works.formats.fdx_read import decode
from muse.works.formats.fdx_write import encode

__all__ = ["decode", "encode"]
