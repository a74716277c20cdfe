"""What every door of the comparison begins and ends with."""

from review import ledger
from review.consensus import may_settle
from review.models import IllegalMove

from ..models import Record


def locked(record):
    """The record, locked, with its study, review and version."""
    return (
        Record.objects.select_for_update(of=("self",))
        .select_related("study__review", "version")
        .get(pk=record.pk)
    )


def comparing(record):
    """The record, locked, while it is being compared."""
    record = locked(record)
    if record.status != Record.Status.COMPARING:
        raise IllegalMove("This study is approved. Reopen it before you change anything.")
    return record


def may_judge(person, study):
    """Whether this person may be the third one on a study: they extracted nothing of it."""
    return may_settle(person.pk, study.entries.values_list("extractor_id", flat=True))


def check_third(record, person):
    """Refuse whoever extracted anything of the study."""
    if not may_judge(person, record.study):
        raise IllegalMove("Whoever extracted a study cannot settle or approve it.")


def tell(record, actor, action, *, key=None, **data):
    """Write the event of a door to the ledger."""
    ledger.record(
        review=record.study.review, actor=actor, action=action, subject=f"record:{record.pk}",
        data=data, key=key,
    )  # fmt: skip
