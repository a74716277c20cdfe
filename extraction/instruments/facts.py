"""What is known so far, and which questions apply: the ground that judgements stand on."""

from .conditions import holds
from .inputs import offer
from .model import NOT_APPLICABLE
from .results import QuestionResult, Score


class Facts:
    """What conditions may look at, filled in as the assessment proceeds."""

    def __init__(self, given):
        self.codes = {}
        self.params = given.params
        self.flags = given.flags
        self.parts = {}
        self.levels = {}
        self.scores = {}
        self.counting = []

    def answer(self, question):
        return self.codes[question]

    def param(self, param):
        return self.params.get(param)

    def flag(self, flag):
        return flag in self.flags

    def part(self, part):
        return self.parts[part]

    def domain(self, domain):
        return self.levels.get(domain, frozenset({NOT_APPLICABLE}))

    def score(self, score):
        return self.scores[score]

    def counted(self):
        return self.counting


def route(domain, given, facts):
    """Decide which questions apply; leaves their codes in ``facts``, in the tool's order."""
    active = holds(domain.active_if, facts) if domain.active_if else True
    questions = []
    for question in domain.questions:
        applies = active
        if applies is not False and question.shown_if:
            shown = holds(question.shown_if, facts)
            applies = shown if active or shown is False else None
        answer = given.answers.get(question.id)
        if answer == NOT_APPLICABLE and not question.option(answer):
            answer = None
            if applies:
                text = f"{question.number} applies, so an answer is needed. {offer(question)}"
                given.refuse(question.id, text)
        facts.codes[question.id] = (
            NOT_APPLICABLE if applies is False else answer if applies else None
        )
        disagreed = question.id in given.disagreed
        questions.append(QuestionResult(question.id, applies, answer, question.optional, disagreed))
    return active, tuple(questions)


def score(total, instrument, facts):
    low = high = 0
    for name in total.of:
        code = facts.answer(name)
        if code == NOT_APPLICABLE:
            continue
        question = instrument.questions[name]
        option = question.option(code)
        if option and not option.undecided:
            points = [option.points]
        else:
            points = [one.points for one in question.options if not one.undecided]
        low, high = low + min(points), high + max(points)
    return Score(total.id, low, high)
