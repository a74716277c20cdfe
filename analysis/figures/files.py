"""A figure as a file for a journal: PDF or PNG, made from the same SVG that the page shows.

Set in Arimo (metric-compatible with Arial, shipped beside this module), so that the file looks
the same on a server without fonts. Scripts that Arimo lacks (Chinese, Arabic) are left to the
fonts of the machine in a PNG, and show as boxes in a PDF.
"""

import io
from pathlib import Path
from xml.etree import ElementTree

import resvg_py
from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas
from svglib.fonts import get_global_font_map
from svglib.svglib import svg2rlg

from .metrics import FONT_FAMILY

FONTS = Path(__file__).parent / "fonts"
FAMILY, REGULAR, BOLD = "Arimo", FONTS / "Arimo-Regular.ttf", FONTS / "Arimo-Bold.ttf"
KINDS = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
SVG = "http://www.w3.org/2000/svg"
PROGRAM = "Concord"
PNG_ZOOM = 3  # 288 dots per inch at the size of the SVG


def as_file(drawing, kind):
    """``drawing``, a standalone SVG as text, as the bytes of a file; ``kind`` is one of KINDS."""
    return {"svg": str.encode, "pdf": lambda svg: as_pdf([svg]), "png": _png}[kind](drawing)


def as_pdf(drawings):
    """Standalone SVGs as the bytes of one PDF, a page each, as large as its drawing; it is called
    what the first of them is."""
    out = io.BytesIO()
    sheets = Canvas(out, pageCompression=1, lang="en")
    title, about = _said(drawings[0])
    sheets.setTitle(title)
    sheets.setSubject(about)
    sheets.setAuthor(PROGRAM)
    sheets.setCreator(PROGRAM)
    for drawing in drawings:
        drawn = _converted(drawing)
        sheets.setPageSize((drawn.width, drawn.height))
        renderPDF.draw(drawn, sheets, 0, 0)
        sheets.showPage()
    sheets.save()
    return out.getvalue()


def _said(drawing):
    """The title and the description of a drawing."""
    root = ElementTree.fromstring(drawing)
    return [root.findtext(f"{{{SVG}}}{name}", "") for name in ("title", "desc")]


def _in_arimo(drawing):
    family = FONT_FAMILY.replace("'", "&#39;")
    return drawing.replace(f'font-family="{family}"', f'font-family="{FAMILY}"')


def _converted(drawing):
    fonts = get_global_font_map()
    fonts.register_font(FAMILY, str(REGULAR))
    fonts.register_font(FAMILY, str(BOLD), weight="bold")
    # The weight 700 is CSS's other name for bold, which the converter does not know.
    text = _in_arimo(drawing).replace('font-weight="700"', 'font-weight="bold"')
    return svg2rlg(io.BytesIO(text.encode()))


def _png(drawing):
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=_in_arimo(drawing), zoom=PNG_ZOOM, font_files=[str(REGULAR), str(BOLD)]
        )
    )
