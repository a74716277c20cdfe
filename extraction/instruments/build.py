"""Turn a checked instrument document into an ``Instrument``.

Expects a document that ``shape`` found no fault in. Names that lead nowhere are left
for ``lint`` to report: they are put into words as they stand and never raise here.
"""

from types import MappingProxyType

from .model import (
    NOT_APPLICABLE,
    Domain,
    Escalation,
    Flag,
    Instrument,
    Level,
    Option,
    Overall,
    Param,
    Part,
    Question,
    Rule,
    Total,
)
from .wording import Names, words


def build(document, canonical, sha256):
    """The ``Instrument`` of one document, with the text and hash it is pinned by."""
    names = Names(document)
    domains = tuple(_domain(raw, names) for raw in document["domains"])
    return Instrument(
        **{key: document[key] for key in ("id", "title", "version", "revision")},
        **{key: document[key] for key in ("status", "kind", "unit")},
        family=document.get("family", ""),
        status_note=document.get("status_note", ""),
        applies_to=tuple(document.get("applies_to", ())),
        licence=MappingProxyType(document["licence"]),
        sources=tuple(MappingProxyType(source) for source in document["sources"]),
        params=tuple(_param(raw) for raw in document.get("params", ())),
        scale=tuple(_level(raw) for raw in document["judgement_scale"]),
        domains=domains,
        scores=tuple(
            Total(raw["id"], tuple(raw["of"]), raw.get("min"), raw.get("max"))
            for raw in document.get("scores", ())
        ),
        overall=_overall(document["overall"], names),
        override=MappingProxyType(document.get("override", {})),
        consequences=MappingProxyType(dict(map(_consequence, document.get("consequences", ())))),
        completeness=document.get("completeness", ""),
        questions=MappingProxyType({q.id: q for domain in domains for q in domain.questions}),
        sha256=sha256,
        canonical=canonical,
    )


def _said(condition, names):
    return words(condition, names) if condition else ""


def _options(raw):
    return tuple(
        Option(
            code=option["code"],
            label=option["label"],
            points=option.get("points"),
            undecided="points" in option and option["points"] is None,
        )
        for option in raw
    )


def _question(raw, names):
    offered = [
        option
        for option in names.options(raw["options"])
        if option["code"] != NOT_APPLICABLE or raw.get("na_selectable")
    ]
    return Question(
        id=raw["id"],
        number=raw["number"],
        text=raw["text"],
        official_text=raw.get("official_text"),
        help=raw.get("help", ""),
        options=_options(offered),
        shown_if=raw.get("shown_if"),
        asked_when=_said(raw.get("shown_if"), names),
        optional=raw.get("optional", False),
        concern=raw.get("concern", ""),
        disagreement_flag=raw.get("disagreement_flag", False),
        note=raw.get("note", ""),
    )


def _domain(raw, names):
    judgement = raw["judgement"]
    return Domain(
        id=raw["id"],
        number=raw.get("number", ""),
        title=raw["title"],
        short=raw.get("short", raw["title"]),
        active_if=raw.get("active_if"),
        active_when=_said(raw.get("active_if"), names),
        counts=judgement["mode"] != "none" and not raw.get("excluded_from_overall", False),
        questions=tuple(_question(question, names) for question in raw["questions"]),
        flags=tuple(Flag(flag["id"], flag["text"]) for flag in raw.get("flags", ())),
        mode=judgement["mode"],
        authority_note=judgement.get("authority_note", ""),
        parts=tuple(
            Part(part["id"], part.get("title", part["id"]), _rules(part["rules"], names))
            for part in judgement.get("parts", ())
        ),
        rules=_rules(judgement.get("rules", ()), names),
        direction=tuple(raw.get("direction", ())),
    )


def _rules(raw, names):
    return tuple(
        Rule(
            id=rule["id"],
            when=rule["when"],
            then=rule["then"],
            admissible=tuple(rule.get("admissible", (rule["then"],))),
            text=words(rule["when"], names),
            label=rule.get("label", ""),
            note=rule.get("note", ""),
            cite=tuple(rule.get("cite", ())),
            disputed=rule.get("disputed", False),
        )
        for rule in raw
    )


def _param(raw):
    return Param(
        id=raw["id"],
        text=raw["text"],
        type=raw["type"],
        required=raw.get("required", False),
        required_if=raw.get("required_if"),
        min_selected=raw.get("min_selected", 0),
        options=_options(raw.get("options", ())),
        note=raw.get("note", ""),
    )


def _level(raw):
    return Level(
        code=raw["code"],
        label=raw["label"],
        severity=raw["severity"],
        colour=MappingProxyType(raw["colour"]),
        symbol=raw["symbol"],
        pattern=raw.get("pattern", "none"),
    )


def _overall(raw, names):
    return Overall(
        mode=raw["mode"],
        floor=raw.get("floor") == "worst_domain",
        rules=_rules(raw.get("rules", ()), names),
        escalations=tuple(
            Escalation(one["id"], one["when"], one["to"], one.get("text", ""))
            for one in raw.get("escalations", ())
        ),
        note=raw.get("note", ""),
    )


def _consequence(sentence):
    """``overall LEVEL: sentence`` as (LEVEL, sentence)."""
    head, _, said = sentence.partition(":")
    return head.removeprefix("overall ").strip(), said.strip()
