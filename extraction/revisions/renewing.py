"""A record whose entries were read again in part, for a new version of their form."""

from ..consensus import building, harmless
from ..consensus.locking import tell
from ..models import Record, RecordCell


def renew(record, entries, actor):
    """Take what was read again into the record; belongs to the submission of the last entry.

    Cells whose readings are what they were stay as they are, with their opinions. Units that
    are new are aligned among themselves; where they are not named alike, the arms and outcomes
    have to be confirmed again.
    """
    groups = building.standing_groups(record)
    if fresh := _fresh(building.propose(entries)["groups"], groups):
        groups = building.canonical([*groups, *map(_sides, fresh)])
        _align(record, fresh, groups, alone=len(entries) == 1)
    cells = building.build(record, entries, groups).cells
    left = sum(cell.status != RecordCell.Status.CLOSED for cell in cells)
    tell(record, actor, "record.renew", cells=len(cells), left=left, structure=record.structure)
    harmless.apply(record, actor)
    return record


def _fresh(proposed, standing):
    """The proposed groups of units that the record does not have yet."""
    known = {pk for group in standing for side in group for pk in side}
    fresh = []
    for group in proposed:
        first, second = ([pk for pk in side if pk not in known] for side in _sides(group))
        if first or second:
            whole = (first, second) == _sides(group)
            fresh.append(group | {"first": first, "second": second,
                                  "alike": group["alike"] and whole})  # fmt: skip
    return fresh


def _align(record, fresh, groups, alone):
    """Write the new groups into what the record rests on, or leave them to be confirmed;
    ``alone`` when one person extracts."""
    confirmed = record.structure == Record.Structure.CONFIRMED
    if confirmed and (alone or all(group["alike"] for group in fresh)):
        record.proposal["groups"] = [*record.proposal.get("groups", []), *fresh]
        for opinion in record.structure_opinions.filter(escalated=False):
            opinion.groups = [*opinion.groups, *map(list, map(_sides, fresh))]
            opinion.save(update_fields=["groups"])
    else:
        told = {"score": "1.00", "alike": True, "reasons": []}
        record.proposal = {
            "certain": False,
            "groups": [
                told | {"first": list(first), "second": list(second)} for first, second in groups
            ],
        }
        record.structure_opinions.all().delete()
        record.structure = Record.Structure.OPEN
    record.save(update_fields=["proposal", "structure"])


def _sides(group):
    return group["first"], group["second"]
