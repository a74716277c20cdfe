"""A one-page PDF of printed lines, so that every demo cell has a page to point at."""

WIDTH, HEIGHT, LEADING = 595, 842, 18
PER_LINE = 88


def pdf(title, lines):
    """Return the bytes of a PDF that prints ``title`` and ``lines`` in Helvetica."""
    text = [f"BT /F1 13 Tf 56 {HEIGHT - 72} Td ({_literal(title)}) Tj ET"]
    y = HEIGHT - 108
    for line in lines:
        for part in _wrapped(line):
            text.append(f"BT /F1 10 Tf 56 {y} Td ({_literal(part)}) Tj ET")
            y -= LEADING
    stream = "\n".join(text).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>" % (WIDTH, HEIGHT),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _file(objects)


def _file(objects):
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    body += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return body + b"startxref\n%d\n%%%%EOF\n" % start


def _literal(text):
    plain = text.replace("−", "-").replace("∗", "*")
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _wrapped(line):
    words, part = line.split(), ""
    for word in words:
        if part and len(part) + len(word) >= PER_LINE:
            yield part
            part = ""
        part = f"{part} {word}".strip()
    yield part
