"""The lines of a long figure divided into pages."""

import math

PER_PAGE = 45  # lines that a printed page of readable size holds


def split(lines, is_heading, again, per_page=PER_PAGE):
    """Pages of about equal length, at most ``per_page`` lines; at least one, maybe empty.

    A heading goes to the page of the line after it, and a page that goes on with its lines begins
    with ``again(heading)``.
    """
    count = max(1, math.ceil(len(lines) / per_page))
    most = math.ceil((len(lines) + count - 1) / count)  # each page but the first may begin so
    pages, page, heading = [], [], None
    for line in lines:
        heads = is_heading(line)
        if page and len(page) >= min(most, per_page) - heads:
            pages.append(page)
            page = [again(heading)] if heading and not heads else []
        heading = line if heads else heading
        page.append(line)
    return [*pages, page]
