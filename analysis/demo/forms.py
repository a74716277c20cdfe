"""The extraction forms of the model review: what its three tables print."""

MARKS = [{"code": "+", "label": "+"}, {"code": "-", "label": "−"}]
TYPES = (
    "RCT",
    "Double-blinded crossover trial",
    "Observational study",
    "Retrospective analysis",
    "Case report",
)
GROUPS = ("Group 1", "Group 2", "Group 3", "Group 4")
BANDS = ("High", "Moderate", "Low")


def field(key, label, kind, **more):
    """One field, asked once for the study unless ``level`` says otherwise."""
    return {"key": key, "label": label, "kind": kind, "level": "study"} | more


def options(labels):
    """Answers whose codes are their labels in small letters."""
    return [{"code": label.lower().replace(" ", "_"), "label": label} for label in labels]


def scale(low, high):
    """Soft limits: what lies beyond them is kept and warned of."""
    return {"soft_min": low, "soft_max": high}


PATIENTS = [
    field("n", "Patients", "integer", min="1", required=True, evidence=True),
    field("male", "Male", "integer", min="0"),
    field("female", "Female", "integer", min="0"),
    field("age", "Mean age", "mean_sd", unit="years", **scale("0", "110")),
    field("diagnoses", "Diagnoses", "text", help="The codes of the table's legend."),
    field("duration", "Mean duration of pain", "mean_sd", unit="years"),
]
RESULTS = [
    field("pre_vas", "Mean preoperative VAS", "mean_sd", **scale("0", "10")),
    field("post_vas", "Mean VAS at last follow-up", "mean_sd", **scale("0", "10")),
    field("follow_up", "Mean period of follow-up", "mean_sd", unit="months"),
    field(
        "relief",
        "Mean pain relief",
        "mean_sd",
        unit="%",
        evidence=True,
        **scale("0", "100"),
    ),
    field("significant", "Significant pain control", "decimal", unit="%", **scale("0", "100")),
    field("neurological", "Neurological complications", "decimal", unit="%", **scale("0", "100")),
    field("other", "Other complications", "decimal", unit="%", **scale("0", "100")),
]
TABLE_2 = {
    "sections": [
        {
            "title": "Study",
            "fields": [field("type", "Article type", "choice", options=options(TYPES))],
        },
        {"title": "Patients", "fields": PATIENTS},
        {"title": "Results", "fields": RESULTS},
    ],
    "checks": [
        {"rule": "sum", "of": ["male", "female"], "equals": "n"},
        *(
            {"rule": "whole_patients", "percent": percent, "n": "n"}
            for percent in ("significant", "neurological", "other")
        ),
        *(
            {"rule": "sd_possible", "field": name, "min": "0", "max": most, "n": "n"}
            for name, most in (("pre_vas", "10"), ("post_vas", "10"), ("relief", "100"))
        ),
        *(
            {"rule": "mean_without_sd", "field": name}
            for name in ("age", "pre_vas", "post_vas", "relief")
        ),
        {"rule": "codes_known", "field": "diagnoses", "codes": "1-14"},
        {
            "rule": "share_above",
            "mean": "relief",
            "percent": "significant",
            "over": "40",
            "min": "0",
            "max": "100",
        },
        {
            "rule": "percent_change",
            "before": "pre_vas",
            "after": "post_vas",
            "change": "relief",
            "within": "10",
        },
    ],
}


def per_cause(key, label, kind, **more):
    """A field of Table 3, asked for each cause of pain."""
    return field(key, label, kind, level="outcome", **more)


TABLE_3 = {
    "sections": [
        {
            "title": "Efficacy by cause of orofacial pain",
            "fields": [
                per_cause(
                    "group",
                    "Anatomical-functional group",
                    "choice",
                    options=options(GROUPS),
                    required=True,
                ),
                per_cause("described", "Patients described", "integer", min="0"),
                per_cause("missing", "Patients with missing data", "integer", min="0"),
                per_cause("share", "Share of all patients", "decimal", unit="%"),
                per_cause("reduction", "Mean pain reduction", "mean_sd", unit="%"),
                per_cause("median", "Median pain reduction", "decimal", unit="%"),
                per_cause("range", "Range", "text"),
            ],
        }
    ],
    "checks": [
        {"rule": "at_most", "field": "missing", "limit": "described"},
        {
            "rule": "sd_possible",
            "field": "reduction",
            "min": "0",
            "max": "100",
            "n": "described",
        },
        {"rule": "share_of", "percent": "share", "part": "described", "whole": "140"},
    ],
}
CRITERIA = [f"criterion_{number}" for number in range(1, 13)]
TABLE_1 = {
    "sections": [
        {
            "title": "Quality as printed",
            "fields": [
                *(
                    field(key, str(number), "choice", options=MARKS)
                    for number, key in enumerate(CRITERIA, 1)
                ),
                field("score", "Score", "integer", **scale("0", "12")),
                field("band", "Quality", "choice", options=options(BANDS)),
            ],
        }
    ],
    "checks": [
        {"rule": "score_equals_marks", "marks": CRITERIA, "code": "+", "score": "score"},
        {
            "rule": "one_band",
            "score": "score",
            "band": "band",
            "bands": "high=10-12; moderate=6-9; low=6",
        },
    ],
}
