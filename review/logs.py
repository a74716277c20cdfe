"""What the log keeps of a refused request."""

import logging


class OneLine(logging.Filter):
    """Leaves the traceback off requests that were refused: nothing is broken, and a page that
    somebody may not open should not fill the terminal. Failures of the server keep theirs."""

    def filter(self, record):
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
