"""The 287 records of the model review as search files.

The paper does not publish its search results. The 23 included studies stand with what its
tables tell; the other 264 records are generated and say so in their title, and which source
found what is generated too.
"""

import random

from . import paper

SEED = 1998
TOTAL = 287
SOURCES = (
    ("PubMed", 96),
    ("MEDLINE", 58),
    ("Embase", 74),
    ("Cochrane Library", 21),
    ("Google Scholar", 38),
)
QUERY = (
    "(motor cortex stimulation OR cortical stimulation) AND (trigeminal OR orofacial OR facial)"
    " AND (pain OR neuralgia)"
)
TOPICS = (
    ("Deep brain stimulation for {pain} in {who}", "other"),
    ("Repetitive transcranial magnetic stimulation for {pain}: {design}", "other"),
    ("Microvascular decompression for {pain}: {design} in {who}", "other"),
    ("Spinal cord stimulation and {pain}", "other"),
    ("Carbamazepine against placebo for {pain}: {design}", "other"),
    ("Mechanisms of cortical modulation in rats with {pain}", "animal"),
    ("A narrative review of neurosurgical options for {pain}", "review"),
    ("Motor cortex stimulation for {pain}: {design}", "near"),
    ("Long-term effects of motor cortex stimulation in {who} with {pain}", "near"),
    ("Motor cortex stimulation: study protocol for {pain}", "protocol"),
)
PAINS = (
    "trigeminal neuralgia",
    "central post-stroke pain",
    "phantom limb pain",
    "atypical facial pain",
    "post-herpetic neuralgia",
    "cluster headache",
    "persistent idiopathic facial pain",
)
WHO = ("adults", "older adults", "veterans", "women", "patients of one centre")
DESIGNS = ("a case series", "a cohort study", "a randomised trial", "a survey", "a case report")
FAMILIES = ("Abara", "Horvat", "Idowu", "Kovalenko", "Marchetti", "Nowicka", "Okafor", "Strand")
JOURNALS = ("Journal of Invented Neurosurgery", "Annals of Invented Pain", "Invented Headache")


def files():
    """Return ``[(source, name of the file, bytes)]``, the same on every call."""
    rng = random.Random(SEED)
    records = [_study(row) for row in paper.studies()]
    records += [_synthetic(rng, number) for number in range(1, TOTAL - len(records) + 1)]
    rng.shuffle(records)
    found, start = [], 0
    for source, size in SOURCES:
        name = source.lower().replace(" ", "-") + ".ris"
        found.append((source, name, "".join(records[start : start + size]).encode()))
        start += size
    return found


def title_of(row):
    """The title of an included study's record; the tables do not print the real one."""
    return (
        f"{row['authors_from_table1']}: motor cortex stimulation for orofacial pain"
        f" ({row['article_type'].lower()}, reference {row['ref']} of the model review)"
    )


def kind_of(title):
    """What a generated title is about, told by its words: near, animal, review, ..."""
    if "reference" in title and "of the model review" in title:
        return "included"
    if "in rats" in title:
        return "animal"
    if "narrative review" in title:
        return "review"
    if "study protocol" in title:
        return "protocol"
    return "near" if "otor cortex stimulation" in title else "other"


def _study(row):
    first = row["authors_from_table1"].split(",")[0].split(" and ")[0]
    return _ris(
        title_of(row),
        [first],
        None,
        "",
        "The abstract of this study is not part of the published tables. It treated"
        f" {row['n']} patients with implanted motor cortex stimulation for orofacial pain.",
    )


def _synthetic(rng, number):
    shape, _ = rng.choice(TOPICS)
    title = shape.format(pain=rng.choice(PAINS), who=rng.choice(WHO), design=rng.choice(DESIGNS))
    authors = [f"{name}, {rng.choice('ABEKLMST')}" for name in rng.sample(FAMILIES, 3)]
    abstract = (
        "This record was generated for the demo. BACKGROUND: Neuropathic pain is hard to treat."
        f" METHODS: {rng.randint(4, 160)} patients were followed for {rng.randint(1, 60)} months."
        f" RESULTS: Pain fell by {rng.randint(3, 70)} per cent. CONCLUSIONS: More data are needed."
    )
    return _ris(
        f"{title} (synthetic record {number})",
        authors,
        rng.randint(1991, 2018),
        rng.choice(JOURNALS),
        abstract,
    )


def _ris(title, authors, year, journal, abstract):
    lines = ["TY  - JOUR", f"TI  - {title}", *(f"AU  - {name}" for name in authors)]
    lines += [f"PY  - {year}"] if year else []
    lines += [f"JF  - {journal}"] if journal else []
    return "\n".join([*lines, f"AB  - {abstract}", "ER  - ", "", ""])
