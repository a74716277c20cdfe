"""Say a condition to a reader, in published numbers, option labels and titles."""

from .model import NOT_APPLICABLE

IN_WORDS = {
    ">=": "{} or more",
    "<=": "{} or fewer",
    "==": "exactly {}",
    ">": "more than {}",
    "<": "fewer than {}",
    "!=": "any number but {}",
}


class Names:
    """What a reader calls the things that conditions name: numbers, labels, titles."""

    def __init__(self, document):
        domains = document["domains"]
        self._sets = document.get("option_sets", {})
        self._questions = {q["id"]: q for domain in domains for q in domain["questions"]}
        self._params = {param["id"]: param for param in document.get("params", [])}
        self._flags = {flag["id"]: flag for d in domains for flag in d.get("flags", [])}
        self._domains = {domain["id"]: domain["title"] for domain in domains}
        self._parts = {
            part["id"]: part.get("title", part["id"])
            for domain in domains
            for part in domain["judgement"].get("parts", [])
        }

    def options(self, written):
        """The raw options of a question: a list of its own, or the name of a set."""
        return self._sets.get(written, []) if isinstance(written, str) else written

    def question(self, question):
        return self._questions.get(question, {}).get("number", question)

    def answer(self, question, code):
        if code == NOT_APPLICABLE:
            return "not applicable"
        return _label(self.options(self._questions.get(question, {}).get("options", [])), code)

    def param(self, param):
        return self._params.get(param, {}).get("text", param)

    def choice(self, param, code):
        return _label(self._params.get(param, {}).get("options", []), code)

    def flag(self, flag):
        return self._flags.get(flag, {}).get("text", flag)

    def part(self, part):
        return self._parts.get(part, part)

    def domain(self, domain):
        return self._domains.get(domain, domain)


def words(condition, names):
    """The condition as a phrase, with published numbers and option labels."""
    match condition:
        case {"q": question, "in": codes}:
            return f"{names.question(question)} is {_labels(question, codes, names)}"
        case {"all": inner}:
            return " and ".join(_bracketed(one, names, "any") for one in inner)
        case {"any": inner}:
            return " or ".join(_bracketed(one, names, "all") for one in inner)
        case {"not": inner}:
            return f"not ({words(inner, names)})"
        case {"part": part, "in": levels}:
            return f"“{names.part(part)}” is {'/'.join(levels)}"
        case {"domain": domain, "in": levels}:
            return f"“{names.domain(domain)}” is {'/'.join(levels)}"
        case {"param": param, "eq": code}:
            return f"“{names.param(param)}” is {names.choice(param, code)}"
        case {"param": param, "contains": code}:
            return f"“{names.param(param)}” includes {names.choice(param, code)}"
        case {"flag": flag}:
            return f"ticked: {names.flag(flag)}"
        case {"count": {"of": questions, "in": codes}, "op": op, "n": n}:
            numbers = ", ".join(names.question(one) for one in questions)
            labels = _labels(questions[0], codes, names)
            return f"{IN_WORDS[op].format(n)} of {numbers} answered {labels}"
        case {"count_domains": {"in": levels}, "op": op, "n": n}:
            return f"{IN_WORDS[op].format(n)} of the domains at {'/'.join(levels)}"
        case {"score": score, "op": op, "n": n}:
            return f"the {score} score is {IN_WORDS[op].format(n)}"
        case {"always": True}:
            return "no earlier rule applies"
    raise ValueError(f"not a condition: {condition!r}")


def _labels(question, codes, names):
    return "/".join(names.answer(question, code) for code in codes)


def _bracketed(condition, names, inner_form):
    phrase = words(condition, names)
    return f"({phrase})" if inner_form in condition else phrase


def _label(options, code):
    return next((option["label"] for option in options if option["code"] == code), code)
