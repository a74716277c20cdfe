"""What templates may ask for on any page."""

from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme


def back(request):
    """Context processor: ``back_url``, the page of this site that the request came from, or ""
    where the browser does not tell or it is this very address."""
    return {"back_url": lambda: _came_from(request)}


def _came_from(request):
    told = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    secure = request.is_secure()
    if not url_has_allowed_host_and_scheme(told, {request.get_host()}, require_https=secure):
        return ""
    to = urlsplit(told)
    url = f"{to.path}?{to.query}" if to.query else to.path
    return "" if url == request.get_full_path() and request.method == "GET" else url
