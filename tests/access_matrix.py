"""Who gets what from every URL: the table that ``test_access`` holds the project to.

One row a URL: its name, the kind of object it names besides the review (``=`` before words of
its own), then GET and POST.
A cell says who may, by the letters of ``tests.world`` (``O`` owner, ``R`` ``r`` the two
reviewers, ``A`` arbiter, ``S`` statistician, ``V`` observer, ``X`` a stranger, ``N`` nobody
signed in), and what they are answered: ``O=422,A=409``; for GET 200 need not be said. A POST
carries no more than ``SENT``, so most forms answer 422. ``-`` is a method the URL does not have.

Whoever is not named is refused: 302 to sign in for nobody, 404 for a stranger where a review
is named, 403 for a member.
"""

import re
from dataclasses import dataclass

from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

from .world import MEMBERS, NOBODY
from .world_objects import OBJECTS, objects

ROWS = """
my-work                   -           ORrASVX  -
health                    -           ORrASVXN -
review-create             -           ORrASVX  ORrASVX=422
invitation                token       ORrASVXN ORrASX=302,V=409,N=422

protocol                  -           ORrASV   -
protocol-amend            -           O        O=422
rules                     -           O        O=302
highlights                -           O        O=302
search-add                -           O        O=422
search-change             search      O        O=422
search-remove             search      -        O=409
members                   -           O        -
member-invite             -           -        O=422
member-remove             membership  -        O=409
invitation-withdraw       invitation  -        O=302

import-list               -           ORr      -
import-upload             -           -        ORr=422
batch                     batch       ORr      -
batch-accept              batch       -        ORr=409
batch-refuse              batch       -        ORr=409
batch-withdraw            batch       -        O=302
duplicates                -           ORr      -
duplicates-look           -           -        ORr=302
duplicates-merge-certain  -           -        ORr=302
duplicate-merge           open-pair   -        ORr=302
duplicate-apart           open-pair   -        ORr=302
duplicate-undo            merged-pair -        ORr=302
job                       job         ORr      -
job-cancel                job         -        ORr=302

screening                 -           Rr       -
screening-cards           -           Rr       -
screening-vote            new         -        Rr=422
screening-change          half        -        Rr=422
screening-withdraw        half        -        R=302,r=409
screening-reopen          settled     -        O=422
conflicts                 -           OA       -
conflict-rule             conflict    -        OA=422
fulltexts                 -           ORrAV    -
fulltext-next             -           Rr=302   -
fulltext                  report      ORrAV    -
fulltext-move             report      -        ORr=422
fulltext-attach           report      -        ORr=422
fulltext-vote             to-judge    -        Rr=422
fulltext-withdraw-file    report-file -        ORr=422
file-content              file        ORrAV    -
paper                     pdf         ORrAV    -
references                -           ORrAV    -
reference                 reference   ORrAV    -

extraction-forms          -           ORrASV   -
extraction-form-new       -           O        O=422
extraction-form-next      form        -        O=409
extraction-form-version   version     ORrASV   -
extraction-form-manual    version     ORrASV   -
extraction-form-file      form-file   ORrASV   -
extraction-form-draft     draft       O        -
extraction-form-publish   draft       O        O=302
extraction-form-behind    form        O        O=302
entry-former              entry       R,r=404  -
record-former             record      ORrASV   -
section-add               draft       -        O=422
section-rename            section     O        O=422
section-remove            section     -        O=422
section-move              section     -        O=302
field-add                 section     O        O=422
field-change              field       O        O=422
field-remove              field       -        O=302
field-move                field       -        O=302
check-add                 rule        O        O=422
check-remove              check       -        O=302
variable-add              computing   O        O=422
variable-change           computed    O        O=422
variable-remove           computed    -        O=302

studies                   -           ORrAV    -
study-add-source          -           ORr      ORr=422
study-adopt-all           -           -        ORr=302
study-adopt               report      -        ORr=409
study-separate            report      -        ORr=409
study                     study       ORrAV    -
study-rename              study       -        ORr=302
entry-begin               study-form  -        Rr=302
entry                     entry       R,r=404  -
entry-save                entry       -        R=422,r=404
entry-save-all            entry       -        R=302,r=404
entry-block               entry       -        R=422,r=404
entry-cell                entry       R,r=404  R=422,r=404
entry-confirm             entry       -        R=409,r=404
entry-submit              entry       -        R=422,r=404
entry-withdraw            entry       -        R=409,r=404
entry-give-back           entry       -        R=409,r=404
entry-template            entry       R,r=404  -
entry-upload              entry       R,r=404  R=422,r=404
entry-upload-accept       entry       -        R=409,r=404
unit-add                  entry       -        R=422,r=404
unit                      unit        R,r=404  R=422,r=404
unit-remove               unit        -        R=302,r=404
unit-move                 unit        -        R=302,r=404
queries                   -           ORrAV    -
query-ask                 entry       R,r=404  R=422,r=404
query                     query       R,OrAV=404 -
query-answer              query       -        R=422,r=404
query-remind              query       -        R=422,r=404
query-close               query       -        R=422,r=404
query-reopen              query       -        R=409,r=404
query-fill                query       R,r=404  R=422,r=404
query-letter              query       R,OrAV=404 -
consensus                 -           ORrAV    -
impact                    -           ORrAV    -
extraction-agreement      -           ORrAV    -
extraction-agreement-csv  -           ORrAV    -
record                    record      ORrASV   -
consensus-rule            -           -        O=302
record-structure          record      ORrA,V=302 OARrV=409
record-accept             record      -        OARrV=409
record-compare            record      Rr       -
record-settle             record      OA       -
record-approve            record      -        OA=409
record-reopen             approved    -        OA=422
record-cell               cell        ORrA,SV=302 -
record-opinion            cell        -        Rr=409
record-rule               cell        -        OA=409
assessments               -           ORrASV   -
instruments               -           ORrASV   -
instrument-choose         -           -        O=409
instrument                instrument  ORrASV   -
instrument-params         instrument  -        O=302
instrument-guidance       instrument  -        O=302
instrument-plan           instrument  -        O=422
instrument-summary        instrument  ORrASV   -
assessment                assessment  ORrASV   -
assessment-reopen         assessment  -        OA=422
assessment-unplan         assessment  -        O=302
appraisal-begin           assessment  -        Rr=302
appraisal-compare         comparing   Rr       -
appraisal-concede         comparing   -        Rr=409
appraisal-add             comparing   -        Rr=409
appraisal-escalate        comparing   -        Rr=302
appraisal-settle          to-rule     OA       -
appraisal-rule            to-rule     -        OA=409
appraisal                 appraisal   R,r=404  -
appraisal-answer          appraisal   -        R=422,r=404
appraisal-copy            appraisal   -        Rr=404
appraisal-submit          appraisal   -        R=422,r=404
appraisal-take-back       appraisal   -        R=409,r=404
appraisal-give-back       appraisal   -        R=409,r=404

participants-overview     -           ORrAV    -
participant-begin         study-form  -        Rr=409
participant-table         p-table     R,r=404  R=302,r=404
participant-describe      p-table     -        R=422,r=404
participant-file          p-table     -        R=422,r=404
participant-mapping       p-table     R,r=404  R=422,r=404
participant-scrutiny      p-table     R,r=404  -
participant-submit        p-table     -        R=302,r=404
participant-withdraw      p-table     -        R=409,r=404
participant-give-back     p-table     -        R=302,r=404
participants              p-record    ORrASV   -
participant-findings      p-record    ORrASV   -
participant-approve       p-record    -        OA=409
participant-confirm       p-record    -        Rr=409
participant-send-back     p-record    -        Rr=422
participant-reopen        p-record    -        OA=422
participant-opinion       p-differs   -        Rr=422
participant-rule          p-differs   -        OA=422
printed-pairs             form-pair   O        O=302

snapshots                 -           ORrASV   -
snapshot-freeze           -           -        OS=302
snapshot                  snapshot    ORrASV   -
snapshot-download         snapshot    ORrASV   -
snapshot-changes          snapshot    ORrASV   -

analysis                  -           ORrASV   -
plan-create               -           OS       OS=200
plan                      plan        ORrASV   -
patient-plans             -           ORrASV   -
patient-plan-new          -           OS       OS=422
patient-plan              patient-plan ORrASV  -
patient-plan-run          patient-plan -       OS=302
patient-plan-cancel       patient-plan -       OS=302
patient-run               patient-run ORrASV   -
patient-run-figure        patient-figure ORrASV -
patient-run-checks        patient-run ORrASV   -
patient-run-script        patient-script ORrASV -
plan-try                  plan        OS       OS=422
plan-look                 plan        OS       OS=422
plan-run                  plan        -        OS=302
plan-retire               plan        -        OS=302
plan-amend                plan        OS       OS=422
patient-plan-amend        patient-plan OS      OS=422
plans-freeze              -           OS       OS=422
freezing                  freezing    ORrASV   -
run                       run         ORrASV   -
run-robustness            run         ORrASV   -
run-choices               run         ORrASV   -
run-choices-file          run-curve   ORrASV   -
run-participants          run         ORrASV   -
run-sds                   run         ORrASV   -
run-assumed-file          run-assumed ORrASV=409 -
run-script                run-script  ORrASV   -
run-figure                run-figure  ORrASV   -
run-study                 run-study   ORrASV   -

tabulations               -           ORrASV   -
tabulation-new            -           OS       OS=422
tabulation                tabulation  ORrASV   -
tabulation-change         tabulation  OS       OS=422
tabulation-retire         tabulation  -        OS=302

review-home               -           ORrASV   -
report                    -           ORrASV   -
report-figure             =flow/svg   ORrASV   -
exports                   -           ORrASV   -
# Before the row that makes a new file and removes the old one.
export-file               export      R,OrASV=404 -
export-xlsx               -           ORrASV   ORrASV=302
export-references         -           ORrAV,S=403 -
export-job                export      R=302,OrASV=404 -
export-cancel             export      -        R=302,OrASV=404
ledger                    -           OV       -
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``answers`` maps a method to ``{letter: status}``."""

    name: str
    kind: str
    answers: dict

    @property
    def names_an_object(self):
        """Whether the URL holds the key of a row that belongs to a review."""
        return self.kind in OBJECTS

    @property
    def named(self):
        """Everybody who may do something with this URL."""
        return set().union(*self.answers.values())

    def expected(self, method, letter, *, in_review):
        """The status for a person, by the rules above the table."""
        if letter in self.answers.get(method, {}):
            return self.answers[method][letter]
        if letter in self.named:
            return 405
        if letter == NOBODY:
            return 302
        return 403 if letter in MEMBERS or not in_review else 404


def parse(line):
    name, kind, *cells = line.split()
    answers = {
        method: _answers(cell)
        for method, cell in zip(("get", "post"), cells, strict=True)
        if cell != "-"
    }
    return Row(name, kind, answers)


def _answers(cell):
    found = {}
    for part in cell.split(","):
        letters, _, code = part.partition("=")
        found |= dict.fromkeys(letters, int(code or 200))
    return found


# What a URL needs to be asked at all, besides its path.
QUERIES = dict.fromkeys(("entry-cell", "query-fill"), "?path=design||")
SENT = {
    "entry-save": {"path": "design||", "state": "value", "given": "none of its options"},
    "entry-confirm": {"path": "design||", "text": "a warning that is not there"},
}
TABLE = {row.name: row for row in map(parse, re.findall(r"^[a-z].*", ROWS, re.M))}


def views(resolver, around=()):
    """Every URL of the project as (name, view, names of its parts)."""
    for item in resolver.url_patterns:
        parts = {*around, *item.pattern.converters}
        if isinstance(item, URLPattern):
            yield item.name, item.callback, parts
        else:
            yield from views(item, parts)


URLS = {name: view for name, view, _ in views(get_resolver())}
INSIDE = {name for name, _, parts in views(get_resolver()) if "review_id" in parts}


def address(world, name, *, holder=None, key=None):
    """The URL of a row in the world's review, naming the first object of that review, or of
    ``holder``, or one by ``key``."""
    if name not in INSIDE:
        return reverse(name, args=[world.token] if TABLE[name].kind == "token" else [])
    found = objects(TABLE[name].kind, holder or world.review)
    assert found, f"the world holds no {TABLE[name].kind} for {name}"
    return _inside(world, name, [key, *found[0][1:]] if key else found[0])


def everything(world, method, letters=MEMBERS):
    """Every URL in the world's review that takes ``method`` from one of ``letters``, with every
    object there is."""
    return [
        _inside(world, name, named)
        for name, row in TABLE.items()
        if name in INSIDE and row.answers.get(method, {}).keys() & set(letters)
        for named in objects(row.kind, world.review)
    ]


def _inside(world, name, named):
    return reverse(name, args=[world.review.pk, *named]) + QUERIES.get(name, "")
