"""``manage.py validate --kind KIND DIR``: run cases with known answers, say what differs."""

from collections import Counter

from django.core.management.base import BaseCommand, CommandError

from analysis.validation import instruments, prisma, stats
from analysis.validation.cases import NoCases, Result

KINDS = {"instruments": instruments.run, "prisma": prisma.run, "stats": stats.run}
# These count their skips in the closing line; the others have told them above it.
CLOSES_WITH_SKIPS = {"stats"}


class Command(BaseCommand):
    help = (
        "Run every case of one kind in DIR and compare what comes out with what the case "
        "expects. The engines and the instrument definitions are the project's own; DIR "
        "brings cases only. Exit code 1 when a case fails, 2 when DIR has no cases."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--kind", required=True, choices=sorted(KINDS))
        parser.add_argument("directory", metavar="DIR")

    def handle(self, *, kind, directory, **options):
        try:
            outcomes = list(KINDS[kind](directory))
        except NoCases as problem:
            raise CommandError(str(problem), returncode=2) from problem
        if not outcomes:
            raise CommandError(f"{directory} holds no case of kind {kind}.", returncode=2)
        self._report(outcomes)
        counts = Counter(outcome.result for outcome in outcomes)
        line = f"{counts[Result.PASSED]} passed, {counts[Result.FAILED]} failed"
        if kind in CLOSES_WITH_SKIPS:
            line += f", {counts[Result.SKIPPED]} skipped"
        self.stdout.write(line)
        if counts[Result.FAILED]:
            raise SystemExit(1)

    def _report(self, outcomes):
        for result in (Result.FAILED, Result.DISPUTED):
            for outcome in outcomes:
                if outcome.result == result:
                    self.stdout.write(f"{result}: {outcome.case}: {outcome.detail}")
        skipped = Counter(one.detail for one in outcomes if one.result == Result.SKIPPED)
        for reason, times in skipped.items():
            self.stdout.write(f"skipped: {times} x {reason}")
