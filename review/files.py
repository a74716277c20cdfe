"""Uploaded files: checked, stored by hash outside the web root, served by the gate."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import FileResponse

from .models import StoredFile

PDF = "pdf"
REFERENCES = "references"
TYPES = {PDF: "application/pdf"}


class RefusedFile(ValueError):
    """An upload that is not kept; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are kept, by their hash, and how they are called."""

    name: str
    kind: str
    sha256: str
    size: int


def store(*, review, upload, kind, actor):
    """Keep an upload and return its ``StoredFile``; the same bytes are kept once.

    Raises as ``check`` does. Call it once nothing else can refuse the upload: no transaction
    takes bytes back from the disk.
    """
    kept = keep(upload, kind)
    stored, _ = StoredFile.objects.get_or_create(
        review=review,
        sha256=kept.sha256,
        defaults={"name": kept.name, "kind": kind, "size": kept.size, "uploaded_by": actor},
    )
    return stored


def keep(upload, kind):
    """Keep an upload without a row of its own; returns what it is ``Kept`` as."""
    name = check(upload, kind)
    return Kept(name, kind, _write(upload), upload.size)


def check(upload, kind):
    """Return the name of an upload that can be kept, or raise ``RefusedFile`` for an empty, too
    large or wrong file. A ``PDF`` must begin with ``%PDF-``; whoever reads another kind judges
    it."""
    name = Path(upload.name.replace("\\", "/")).name[:255] or "unnamed"
    limit = settings.UPLOAD_LIMIT_MB
    if not upload.size:
        raise RefusedFile(f"“{name}” is empty. Export or save it again and upload that file.")
    if upload.size > limit * 1024 * 1024:
        raise RefusedFile(f"“{name}” is larger than the limit of {limit} MB.")
    if kind == PDF and not is_pdf(upload):
        raise RefusedFile(f"“{name}” is not a PDF. Attach the full text as a PDF file.")
    return name


def contents(upload, kind):
    """The bytes of an upload that is read and not kept; raises as ``check`` does."""
    check(upload, kind)
    upload.seek(0)
    return upload.read()


def is_pdf(upload):
    """Whether an upload begins as a PDF does."""
    upload.seek(0)
    return upload.read(5) == b"%PDF-"


def digest(upload):
    """The sha256 of an upload, by which its bytes would be kept."""
    found = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        found.update(chunk)
    return found.hexdigest()


def path_of(stored):
    """Where the bytes of a ``StoredFile`` (or what is ``Kept``) lie."""
    return Path(settings.MEDIA_ROOT) / stored.sha256[:2] / stored.sha256


def read(stored):
    """The bytes of a ``StoredFile``."""
    return path_of(stored).read_bytes()


def respond(stored):
    """Serve a file so that a browser can do no more than show a PDF or save the rest."""
    inline = stored.kind in TYPES
    response = FileResponse(
        path_of(stored).open("rb"),
        as_attachment=not inline,
        filename=stored.name,
        content_type=TYPES.get(stored.kind, "application/octet-stream"),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _write(upload):
    """Copy to a temporary file beside its place, then rename: whole or not at all."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    upload.seek(0)
    handle, temporary = tempfile.mkstemp(dir=root)
    with os.fdopen(handle, "wb") as target:
        for chunk in upload.chunks():
            digest.update(chunk)
            target.write(chunk)
    place = root / digest.hexdigest()[:2] / digest.hexdigest()
    place.parent.mkdir(exist_ok=True)
    os.replace(temporary, place)
    return digest.hexdigest()
