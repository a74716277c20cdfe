"""One person's participant table of one study: begun, filled, submitted.

A table belongs to its extractor, who is the actor of every door here. What a paper prints is
typed by two people independently; a data set is loaded by one and confirmed by another
(``settling``).
"""

from django.db import transaction
from django.utils import timezone

from review import files, ledger
from review.models import IllegalMove

from .. import schema as forms
from ..models import Participant, ParticipantTable, Study
from . import files as tables
from . import mapping, rows, settling

Status, Way = ParticipantTable.Status, ParticipantTable.Way
SOURCE_FILE = "participants"
CHUNK = 2_000


class NotLoaded(ValueError):
    """A table that was not loaded, nothing of it; ``problems`` lists why as
    ``mapping.Problem``."""

    def __init__(self, problems):
        super().__init__(f"{len(problems)} problems keep this table from being loaded.")
        self.problems = problems


@transaction.atomic
def begin(*, study, form, actor, way, source="", simulated=False, key=None):
    """Begin a table, or return the one this person has already.

    Raises ``IllegalMove`` when the form has no column for participants or is not published, or
    the study has the tables it needs.
    """
    study = Study.objects.select_for_update(of=("self",)).select_related("review").get(pk=study.pk)
    found = list(study.participant_tables.filter(form=form).select_related("version"))
    if mine := next((table for table in found if table.extractor_id == actor.pk), None):
        return mine
    version = found[0].version if found else form.published
    if version is None or not mapping.dictionary(version.schema):
        raise IllegalMove(
            "The form asks nothing of single participants. The lead adds fields of the level"
            " “For each participant” to it and publishes it."
        )
    if not Study.objects.asked_by(form).filter(pk=study.pk).exists():
        raise IllegalMove(f"“{form}” is not for this study, or it is not included any more.")
    _check_room(study, form, found, actor, way)
    table = ParticipantTable.objects.create(
        study=study, form=form, version=version, extractor=actor, way=way, source=source,
        simulated=simulated, rows_sha256=rows.digest([]),
    )  # fmt: skip
    _tell(table, "participants.begin", key=key, study=study.pk, version=version.pk, way=way,
          source=source, simulated=simulated)  # fmt: skip
    return table


@transaction.atomic
def give_back(*, table, key=None):
    """Put a table away that has not been submitted, with its rows; the ledger keeps their hash."""
    table = _open(table)
    _tell(table, "participants.give_back", key=key, study=table.study_id, rows=table.row_count,
          sha256=table.rows_sha256)  # fmt: skip
    table.delete()


def keep_file(*, table, upload, key=None):
    """Keep a file or pasted block for a table, with the mapping that its column names suggest.

    Nothing of it is loaded yet. Raises ``review.files.RefusedFile`` or the parsers'
    ``UnreadableFile``.
    """
    upload.seek(0)
    files.check(upload, SOURCE_FILE)
    source = tables.read(upload.read(), upload.name)
    kept = files.keep(upload, SOURCE_FILE)
    with transaction.atomic():
        table = _open(table)
        table.file_sha256, table.file_name = kept.sha256, kept.name
        table.mapping = mapping.propose(mapping.dictionary(table.version.schema), source)
        table.save(update_fields=["file_sha256", "file_name", "mapping"])
        _tell(table, "participants.file", key=key, file=kept.sha256, name=kept.name)
    return table


def source_of(table):
    """The ``files.Source`` of the file a table keeps; None without one."""
    if not table.file_sha256:
        return None
    kept = files.Kept(table.file_name, SOURCE_FILE, table.file_sha256, 0)
    return tables.read(files.read(kept), table.file_name)


def tried(table, how):
    """What a mapping makes of the table's file, as ``mapping.Loaded``; nothing is kept."""
    return mapping.read(mapping.dictionary(table.version.schema), source_of(table), how)


def load(*, table, how, key=None):
    """Fill a table from its file, in the place of all rows it had: all of them or none.

    ``how`` is a mapping. Returns the number of rows; raises ``NotLoaded`` with every problem.
    """
    table = ParticipantTable.objects.select_related("version").get(pk=table.pk)
    if not table.file_sha256:
        raise IllegalMove("This table has no file. Upload or paste one first.")
    loaded = tried(table, how)
    if loaded.problems:
        raise NotLoaded(loaded.problems)
    with transaction.atomic():
        table = _open(table)
        table.mapping = how
        table.save(update_fields=["mapping"])
        pairs = [(row.key, row.values) for row in loaded.rows]
        _replace(table, pairs)
        _tell(table, "participants.load", key=key, file=table.file_sha256, mapping=how,
              rows=len(pairs), left_out=loaded.left_out, sha256=table.rows_sha256)  # fmt: skip
    return len(pairs)


@transaction.atomic
def save_rows(*, table, typed, key=None):
    """Save rows as they were typed: ``typed`` is a list of ``(row id or None, key, {field:
    text})``, and a row whose every text is empty goes. All or none; returns how many rows there
    are now. Raises ``NotLoaded`` whose problems name the row by its place in ``typed``, from 1.
    """
    table = _open(table)
    if ledger.already(review=table.study.review, actor=table.extractor, key=key):
        return table.row_count
    held = {row.pk: row for row in table.rows.all()}
    last = max((row.position for row in held.values()), default=0)
    problems, gone = [], []
    for line, (pk, name, texts) in enumerate(typed, 1):
        if pk is not None and pk not in held:
            raise IllegalMove("A row of this page is gone. Load the page again.")
        if not name.strip() and not any(map(str.strip, texts.values())):
            gone += [pk] if pk else []
            held.pop(pk, None)
            continue
        row = held.get(pk) or Participant(table=table, position=(last := last + 1))
        before = row.values
        row.key, row.values = name.strip(), _values(table, line, texts, before, problems)
        held[pk or -line] = row
    problems += _named(held.values(), typed)
    if problems:
        raise NotLoaded(problems)
    return _save(table, list(held.values()), gone, key)


@transaction.atomic
def submit(*, table, key=None):
    """Submit; with the last table that the review needs, the rows are compared."""
    study = Study.objects.select_for_update(of=("self",)).get(pk=table.study_id)
    table = _open(table)
    if not table.row_count:
        raise IllegalMove("There is no row yet. Type, paste or load the participants first.")
    if not table.source.strip():
        raise IllegalMove("Say where the rows are from, such as “Table 2, p. 4”, then submit.")
    table.move_to(Status.SUBMITTED)
    table.submitted_at = timezone.now()
    table.save(update_fields=["status", "submitted_at"])
    _tell(table, "participants.submit", key=key, rows=table.row_count, sha256=table.rows_sha256)
    settling.open_record(study=study, form=table.form, actor=table.extractor)
    return table


@transaction.atomic
def withdraw(*, table, key=None):
    """Take a submission back, while nobody has the rows before them."""
    study = Study.objects.select_for_update(of=("self",)).get(pk=table.study_id)
    table = _locked(table)
    if study.participant_records.filter(form=table.form).exists():
        raise IllegalMove("These rows are with another person now, so they stay as submitted.")
    table.move_to(Status.DRAFT)
    table.submitted_at = None
    table.save(update_fields=["status", "submitted_at"])
    _tell(table, "participants.withdraw", key=key)
    return table


@transaction.atomic
def describe(*, table, source, simulated, key=None):
    """Say where the rows are from, and whether they are simulated: no real patients."""
    table = _open(table)
    table.source, table.simulated = source, simulated
    table.save(update_fields=["source", "simulated"])
    _tell(table, "participants.describe", key=key, source=source, simulated=simulated)
    return table


def pairs(table):
    """The rows of a table as ``(key, values)``, in order."""
    return list(table.rows.order_by("position").values_list("key", "values"))


def _check_room(study, form, found, actor, way):
    if settling.has_settled(actor, study, form):
        raise IllegalMove("Whoever settled these rows as the third person cannot enter them.")
    needed = 1 if way == Way.DATA_SET else study.review.extraction_entries
    ways = {table.way for table in found}
    if len(found) >= needed or ways - {way}:
        raise IllegalMove("The participants of this study are being entered already.")


def _values(table, line, texts, before, problems):
    """The values of typed texts; a text that shows what is held already keeps the value."""
    columns = mapping.dictionary(table.version.schema)
    values = {}
    for name, text in texts.items():
        asked = columns[name]
        if not text.strip():
            continue
        if name in before and text == forms.show(asked, before[name]):
            values[name] = before[name]
            continue
        try:
            values[name] = forms.read(asked, text)
        except forms.BadValue as problem:
            problems.append(mapping.Problem(line, name, str(problem)))
    return values


def _named(held, typed):
    """Problems of keys: each participant has one, once."""
    lines = {name.strip(): line for line, (_, name, _) in enumerate(typed, 1)}
    seen = set()
    for row in held:
        plain = mapping.plain_key(row.key)
        line = lines.get(row.key, 0)
        if not row.key or len(row.key) > mapping.LONGEST_KEY:
            yield mapping.Problem(line, "", "Name the participant as the paper does.")
        elif plain in seen:
            yield mapping.Problem(line, "", f"There are two participants called “{row.key}”.")
        seen.add(plain)


def _save(table, held, gone, key):
    """Write typed rows and tell of those that changed."""
    was = {pk: [name, values] for pk, name, values in table.rows.values_list("pk", "key", "values")}
    new = [row for row in held if row.pk is None]
    changed = [row for row in held if row.pk and was[row.pk] != [row.key, row.values]]
    if not (new or changed or gone):
        return table.row_count
    said = {row.key: row.values for row in [*new, *changed]}
    lost = {was[pk][0]: was[pk][1] for pk in gone}
    # Written anew, because two rows may have exchanged their names.
    table.rows.filter(pk__in=[*gone, *(row.pk for row in changed)]).delete()
    for row in changed:
        row.pk = None
    Participant.objects.bulk_create([*new, *changed])
    _sum_up(table)
    _tell(table, "participants.save", key=key, rows=said, removed=lost, sha256=table.rows_sha256)
    return table.row_count


def _replace(table, found):
    table.rows.all().delete()
    Participant.objects.bulk_create(
        (
            Participant(table=table, key=key, position=place, values=values)
            for place, (key, values) in enumerate(found, 1)
        ),
        batch_size=CHUNK,
    )
    _sum_up(table, found)


def _sum_up(table, found=None):
    found = pairs(table) if found is None else found
    table.rows_sha256, table.row_count = rows.digest(found), len(found)
    table.save(update_fields=["rows_sha256", "row_count"])


def _locked(table):
    return (
        ParticipantTable.objects.select_for_update(of=("self",))
        .select_related("study__review", "version", "form", "extractor")
        .get(pk=table.pk)
    )


def _open(table):
    """The table, locked, while it can be changed."""
    table = _locked(table)
    if table.status != Status.DRAFT:
        raise IllegalMove("You have submitted these rows. Withdraw the submission to change them.")
    return table


def _tell(table, action, *, key=None, **data):
    ledger.record(
        review=table.study.review, actor=table.extractor, action=action,
        subject=f"participants:{table.pk}", data=data, key=key,
    )  # fmt: skip
