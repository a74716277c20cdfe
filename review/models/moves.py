"""The one way a status changes."""

from django.db import models


class IllegalMove(Exception):
    """A step that the workflow does not allow now; the text says why and what to do."""


class Moves(models.Model):
    """A row with a ``status`` whose legal changes stand in its ``MOVES`` table."""

    MOVES: dict = {}

    class Meta:
        abstract = True

    def move_to(self, status):
        """Change ``status`` in memory, or raise ``IllegalMove``; the caller saves."""
        if status not in self.MOVES[self.status]:
            now, then = self.get_status_display(), type(self).Status(status).label
            if now == then:
                raise IllegalMove(f"This {self._meta.verbose_name} is “{now}” already.")
            raise IllegalMove(
                f"This {self._meta.verbose_name} is “{now}” and cannot become “{then}”."
            )
        self.status = status
