"""What it costs to map, check and store a large table of patients.

    .venv/bin/python benchmarks/participants.py               a new SQLite file
    .venv/bin/python benchmarks/participants.py --postgres    a private PostgreSQL server

Prints a table of step, seconds and limit; ends with 1 when the limit of the whole is passed.
"""

import random
import sys
import time

import django
import room

room.prepare()
django.setup()

from django.core.files.base import ContentFile  # noqa: E402  after the settings
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from analysis.demo import patients  # noqa: E402
from extraction import formbuilder, studies  # noqa: E402
from extraction.participants import entering, mapping, scrutiny, settling  # noqa: E402
from review.models import Membership, Review, User  # noqa: E402

ROWS = 20_000
LIMIT = 20  # s, mapped, checked and stored
SEED = 20


def main():
    call_command("migrate", verbosity=0)
    room.durable(connection)
    table = an_empty_table()
    upload = ContentFile(a_file(), name="patients.csv")
    took = {}
    timed(took, "kept and mapped", lambda: entering.keep_file(table=table, upload=upload))
    table.refresh_from_db()
    how = table.mapping
    timed(took, "checked", lambda: entering.tried(table, how))
    timed(took, "checked again and stored", lambda: entering.load(table=table, how=how))
    whole = sum(took.values())
    table.refresh_from_db()
    assert table.row_count == ROWS
    columns, rows = mapping.dictionary(table.version.schema), entering.pairs(table)
    timed(took, "duplicates, limits, digits, gaps", lambda: looked_at(columns, rows))
    timed(took, "submitted and opened for the check", lambda: entering.submit(table=table))
    record = table.study.participant_records.get()
    timed(took, "rows that stand", lambda: settling.standing_rows(record))
    print(f"{room.machine(connection)}, {ROWS:,} rows x {len(columns)} columns\n")
    print("| step | s | limit | ratio |\n|---|---|---|---|")
    print(f"| **mapped, checked and stored** | **{whole:.1f}** | {LIMIT} | {LIMIT / whole:.1f}x |")
    for step, seconds in took.items():
        print(f"| {step} | {seconds:.1f} | | |")
    sys.exit(whole > LIMIT)


def timed(took, step, call):
    began = time.perf_counter()
    call()
    took[step] = time.perf_counter() - began


def looked_at(columns, rows):
    scrutiny.duplicates(columns, rows)
    scrutiny.outside(columns, rows)
    scrutiny.last_digits(columns, rows)
    scrutiny.missing(columns, rows)


def an_empty_table():
    """A study with a published form of twelve columns, and a data set begun."""
    person = User.objects.create_user("reviewer")
    review = Review.objects.create(title="Many patients", created_by=person)
    Membership.objects.create(review=review, user=person, role="reviewer")
    form = formbuilder.create(
        review=review, actor=person, name="Patients", schema=patients.SCHEMA, purpose=""
    )
    formbuilder.publish(version=form.versions.get(), actor=person)
    study = studies.add_source(review=review, actor=person, label="Registry", citation="-")
    return entering.begin(
        study=study, form=form, actor=person, way="data_set", source="Generated", simulated=True
    )


def a_file():
    """Rows of every column, a tenth of the values missing; ages in months."""
    rng = random.Random(SEED)
    lines = ["patient,age_months,sex,cause,group,duration,method,trial_phase,pre_vas,post_vas,"
             "relief,complications,follow_up"]  # fmt: skip
    for number in range(1, ROWS + 1):
        cells = [
            rng.randint(240, 1080), rng.choice("MF"), rng.choice(patients.CAUSES),
            f"Group {rng.randint(1, 4)}", round(rng.uniform(0.5, 30), 1), "motor cortex",
            rng.randint(3, 30), round(rng.uniform(5, 10), 1), round(rng.uniform(0, 9), 1),
            rng.randint(0, 100), "none", rng.randint(1, 60),
        ]  # fmt: skip
        kept = ["" if rng.random() < 0.1 else str(cell) for cell in cells]
        lines.append(",".join([str(number), *kept]))
    return "\n".join(lines).encode()


main()
