"""``manage.py demo``: build the demo reviews when there is no review yet."""

from django.core.management.base import BaseCommand
from django.test.utils import override_settings

from analysis.demo import examples, model_review, people, try_it
from analysis.models import Plan
from review.models import Review

UNFINISHED = (
    "The demo was interrupted while it was built, so its reviews are incomplete. Delete the"
    " folder var/ and start again to have them whole."
)
# *Try it* comes last: with its plan the demo is whole.
REVIEWS = (model_review, *examples.REVIEWS, try_it)
# The demo waits for its imports, so they run in this process.
AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


class Command(BaseCommand):
    help = "Build the demo reviews through the same doors as the pages, once."

    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true", help="only print the demo logins")

    def handle(self, *, logins, **options):
        if not logins and not Review.objects.exists():
            self.stdout.write("Building the demo reviews ...")
            build()
        made = Review.objects.filter(title__in=[one.TITLE for one in REVIEWS])
        if made.exists() and not Plan.objects.filter(review__title=try_it.TITLE).exists():
            self.stdout.write(UNFINISHED)
        if made.exists():
            self.stdout.write(f"Demo logins (password {people.PASSWORD}):")
            for username, (name, role) in people.LOGINS.items():
                self.stdout.write(f"  {username:<13} {name}, {role.label.lower()}")


@override_settings(TASKS=AT_ONCE)
def build():
    """Every demo review. A crash leaves whatever was finished, as with people at work."""
    lead = people.make_lead()
    for one in REVIEWS:
        one.build(lead)
