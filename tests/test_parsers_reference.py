"""The four families on real exports and hostile files kept beside the project."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest

from review.parsers import FORMATS, UnreadableFile, parse

SHARED = Path(__file__).resolve().parents[2] / "shared" / "reference"
FAMILIES = {
    "ris": "ris",
    "nbib": "nbib",
    "bibtex": "bibtex",
    "csv": "csv",
    "tsv": "csv",
    "scopus_csv": "csv",
    "xlsx": "xlsx",
}
# Where the counting rule of the list differs from what is in the file.
COUNTED_OTHERWISE = {
    # Two banner lines above the column names were counted as rows.
    "csv/citation-file-formatting___baseline_excel.csv": 10,
    # Seven blocks; the list counted those that have a PMID.
    "nbib/jabref__MedlinePlainImporterTestMultipleEntries.txt": 7,
}


def rows(folder):
    manifest = SHARED / folder / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


needs_shared = pytest.mark.skipif(
    not (SHARED / "refs").is_dir(), reason=f"no reference files at {SHARED}"
)


def read_within_limits(path, name):
    data = path.read_bytes()
    started = time.process_time()
    try:
        return parse(data, name)
    except UnreadableFile:
        return None
    finally:
        assert time.process_time() - started < 10


@needs_shared
def test_the_reference_files_are_there():
    assert sum(row["format"] in FAMILIES for row in rows("refs")) > 150
    assert len(rows("hostile")) > 20


@needs_shared
@pytest.mark.parametrize("row", rows("refs"), ids=lambda row: row["file"])
def test_a_real_export(row):
    parsed = read_within_limits(SHARED / "refs" / row["file"], row["file"])
    if row["format"] not in FAMILIES or row["bytes"] == "0":
        assert parsed is None
        return
    wanted = COUNTED_OTHERWISE.get(row["file"], int(row["expected_records"]))
    assert (parsed.format, parsed.expected) == (FAMILIES[row["format"]], wanted)
    # All that is left out is entries with no field to recognise a paper by.
    assert parsed.rejected <= 0.25 * parsed.expected or parsed.expected <= 4


@needs_shared
@pytest.mark.parametrize("row", rows("hostile"), ids=lambda row: row["file"])
def test_a_hostile_file(row):
    parsed = read_within_limits(SHARED / "hostile" / row["file"], row["file"])
    if row["claimed_format"] not in FAMILIES or not row["expected_records"]:
        assert parsed is None or row["claimed_format"] in FORMATS
        return
    low, _, high = row["expected_records"].partition("..")
    found = len(parsed.records) if parsed else 0
    assert int(low) <= found <= int(high or low)


READ_ALL = """
import re, sys
from pathlib import Path
from review.parsers import UnreadableFile, parse
for path in sorted(Path(sys.argv[1]).rglob("*.*")):
    try:
        parse(path.read_bytes(), path.name)
    except UnreadableFile:
        pass
# The peak of this program alone: ru_maxrss would begin with that of the program that forked it.
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@needs_shared
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("folder", ["hostile", "refs/csv", "refs/xlsx"])
def test_no_file_takes_much_memory(folder):
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(SHARED / folder)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert int(run.stdout) < 300_000  # kilobytes
