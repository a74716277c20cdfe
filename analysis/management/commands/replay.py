"""``manage.py replay RUN``: compute a stored run again and hold every number against it."""

from django.core.management.base import BaseCommand, CommandError

from analysis import replay, runs
from analysis.models import PatientRun, Run


class Command(BaseCommand):
    help = (
        "Compute a run again from its snapshot and its plan as it was, and print each number "
        "that is not what the run stored. Exit code 1 when one differs."
    )

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="RUN", help="the number of the run")
        parser.add_argument(
            "--patients", action="store_true", help="the run is one of a model of patients"
        )

    def handle(self, *, run, patients, **options):
        rows = (PatientRun if patients else Run).objects.select_related("snapshot", "plan")
        row = rows.filter(pk=run).first()
        if row is None:
            raise CommandError(f"There is no run {run}.", returncode=2)
        self._tell(row)
        try:
            numbers = (replay.replay_patients if patients else replay.replay)(row)
        except (runs.NotAnalysable, KeyError, TypeError, ValueError) as refusal:
            raise CommandError(f"It cannot be computed again: {refusal}") from refusal
        wrong = [number for number in numbers if not number.agrees]
        for number in wrong:
            self.stdout.write(f"{number.path}: stored {number.stored!r}, now {number.found!r}")
        self.stdout.write(f"{len(numbers) - len(wrong)} values agree, {len(wrong)} differ")
        if wrong:
            raise SystemExit(1)

    def _tell(self, row):
        self.stdout.write(f"Run {row.pk} of “{row.plan}” on {row.snapshot}, {row.snapshot.sha256}")
        now = runs.versions()
        for name, then in row.versions.items():
            other = now.get(name, "not installed")
            self.stdout.write(f"  {name} {then}" + (f", now {other}" if other != then else ""))
