"""``manage.py verify_integrity``: recompute the ledger's chains and every cached value."""

from django.core.management.base import BaseCommand

import analysis.integrity
import extraction.integrity
import review.integrity
from review import ledger
from review.models import Review

CHECKS = (
    ("ledger", ledger.verify),
    ("references and votes", review.integrity.problems),
    ("extractions and appraisals", extraction.integrity.problems),
    ("analyses", analysis.integrity.problems),
)


class Command(BaseCommand):
    help = (
        "Recompute the chain of the ledger and every cached status of every review, and say "
        "where they do not bear each other out. Exit code 1 when anything is found."
    )

    def handle(self, **options):
        found = 0
        for one in Review.objects.order_by("pk"):
            self.stdout.write(f"Review {one.pk}: {one}")
            found += sum(self._told(name, problems(check, one)) for name, check in CHECKS)
        if found:
            self.stdout.write(f"{found} problem{'s' if found > 1 else ''} found.")
            raise SystemExit(1)
        self.stdout.write("Everything agrees.")

    def _told(self, name, found):
        """Print one check and its problems; returns how many there are."""
        self.stdout.write(f"  {name}: {len(found) or 'no'} problem{'s'[: len(found) != 1]}")
        for problem in found:
            self.stdout.write(f"    {problem}")
        return len(found)


def problems(check, review):
    """What a check finds; rows so far altered that it cannot read them are a problem too."""
    try:
        return list(check(review))
    except (ArithmeticError, LookupError, TypeError, ValueError) as breakage:
        return [f"cannot be checked: a row holds what no page could have written ({breakage!r})"]
