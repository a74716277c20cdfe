"""What the tests of step 6 share: tools, answers and people who appraise."""

from extraction import appraise
from extraction.appraise import Given

from .factories import join, make_review, make_study, make_user

LOW = {
    "1.1": "Y", "1.2": "Y", "1.3": "N",
    "A2.1": "N", "A2.2": "N", "A2.6": "Y",
    "3.1": "Y",
    "4.1": "N", "4.2": "N", "4.3": "N",
    "5.1": "Y", "5.2": "N", "5.3": "N",
}  # fmt: skip
ASSIGNMENT = {"effect": "assignment"}
MARKS = {str(number): "+" for number in range(1, 13)}


class Team:
    """A review with its people; two reviewers appraise, a third person settles."""

    def __init__(self, **review):
        self.review = make_review(**review)
        self.lead = self.review.created_by
        self.one = join(self.review, make_user(), "reviewer")
        self.two = join(self.review, make_user(), "reviewer")
        self.arbiter = join(self.review, make_user(), "arbiter")
        self.observer = join(self.review, make_user(), "observer")
        self.statistician = join(self.review, make_user(), "statistician")

    def choose(self, key="rob2", params=ASSIGNMENT):
        params = params if key.startswith(("rob2", "robins_i")) else {}
        return appraise.choose_instrument(
            review=self.review, actor=self.lead, key=key, params=params
        )

    def plan(self, key="rob2", *, result="", study=None, params=ASSIGNMENT):
        """One assessment of a new study (or ``study``) with a tool."""
        instrument = self.review.instruments.filter(key=key).first() or self.choose(key, params)
        study = study or make_study(self.review)
        return appraise.plan(
            instrument=instrument, studies=[study], actor=self.lead, result=result
        )[0]


def begun(assessment, person, answers=()):
    """The appraisal of a person, with answers."""
    appraisal = appraise.begin(assessment=assessment, appraiser=person)
    if answers:
        appraise.answer_all(appraisal=appraisal, mapping=answers)
    return appraisal


def submitted(assessment, person, answers):
    return appraise.submit(appraisal=begun(assessment, person, answers))


def compared(team, first, second, key="rob2"):
    """An assessment that both have submitted."""
    assessment = team.plan(key)
    submitted(assessment, team.one, first)
    submitted(assessment, team.two, second)
    assessment.refresh_from_db()
    return assessment


def because(code, reason="Seen in the paper."):
    return Given(code, reason)


def finals(assessment):
    """``(code, status)`` of every final answer, by item."""
    return {row.item: (row.code, row.status) for row in assessment.final_answers.all()}
