"""Which cells of a form print what the rows of another come to: set once, by the lead."""

from django.db import transaction

from review import ledger
from review.models import IllegalMove

from .. import lanes
from .. import schema as forms
from ..models import Form, PrintedPair
from . import mapping


def columns_of(form):
    """The columns of a form's participant table, as published; {} without any."""
    version = form.published
    return mapping.dictionary(version.schema) if version else {}


def printed_by(form):
    """The fields of a form that a paper's numbers of all its patients can stand in."""
    version = form.published
    asked = forms.fields(version.schema) if version else {}
    return {key: one for key, one in asked.items() if one["level"] == "study"}


def printing_forms(review):
    """Published forms with fields that are asked once for a study."""
    return [form for form in lanes.published_forms(review) if printed_by(form)]


@transaction.atomic
def set_pairs(*, form, printed, actor, pairs, key=None):
    """Keep ``published.Pair`` rows for two forms, in the place of those they had."""
    form = Form.objects.select_for_update(of=("self",)).select_related("review").get(pk=form.pk)
    if not columns_of(form):
        raise IllegalMove(f"“{form}” asks nothing of single participants.")
    form.printed_pairs.filter(printed_form=printed).delete()
    PrintedPair.objects.bulk_create(
        PrintedPair(
            form=form, printed_form=printed, printed_field=pair.field, column=pair.column,
            statistic=pair.statistic, code=pair.code,
        )
        for pair in pairs
    )  # fmt: skip
    said = [[pair.field, pair.statistic, pair.column, pair.code] for pair in pairs]
    ledger.record(
        review=form.review, actor=actor, action="form.printed_pairs", subject=f"form:{form.pk}",
        data={"printed": printed.pk, "pairs": said}, key=key,
    )  # fmt: skip
