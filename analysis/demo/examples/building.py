"""What every example does alike, from its protocol to its snapshot."""

from dataclasses import dataclass

from analysis import runs
from analysis.prespecification import doors
from extraction import adjudication, extract, formbuilder, snapshots, studies
from extraction.extract import Typed
from extraction.models import Form, UnitKind
from review import setup
from review.models import Review

from .. import people


@dataclass(frozen=True, slots=True)
class Example:
    """A review that is being built, and its one form."""

    review: Review
    team: people.Team
    form: Form

    def plan(self, title, **spec):
        """Write a plan down for the form of this review."""
        return runs.create_plan(
            review=self.review,
            actor=self.team.lead,
            title=title,
            spec={"form": self.form.pk, "outcome": "", "level": 95} | spec,
        )

    def freeze_plans(self):
        """The protocol is ready, and no data have been seen."""
        doors.freeze(review=self.review, actor=self.team.lead)

    def amend(self, plan, why, **moved):
        """Change a frozen plan, with the reason."""
        changed = {**plan.spec, **moved}
        doors.change(plan=plan, actor=self.team.lead, spec=changed, reason=why)

    def enter(self, label, citation, cells, arms=()):
        """One study, read alike by two people and approved by the third.

        ``cells`` are (field, text, label of the arm or None); ``arms`` are (label, role).
        """
        study = studies.add_source(
            review=self.review, actor=self.team.lead, label=label, citation=citation
        )
        for person in self.team.reviewers:
            entry = extract.begin(study=study, form=self.form, actor=person)
            units = {None: None}
            for name, role in arms:
                unit = extract.add_unit(entry=entry, kind=UnitKind.ARM, label=name, detail=role)
                units[name] = unit.pk
            typed = [Typed(key, text, arm=units[arm]) for key, text, arm in cells]
            extract.save_cells(entry=entry, cells=typed)
            extract.submit(entry=entry)
        adjudication.approve(record=study.records.get(), actor=self.team.arbiter)

    def run_all(self, note):
        """Freeze what is approved and run every plan on it; returns the snapshot."""
        lead = self.team.lead
        snapshot = snapshots.freeze(review=self.review, actor=lead, note=note)
        for plan in self.review.plans.all():
            runs.run(plan=plan, snapshot=snapshot, actor=lead)
        return snapshot


def begin(lead, protocol, name, fields):
    """A review with its people and a published form of one section."""
    review = setup.create_review(actor=lead, **protocol)
    team = people.gather(review, lead)
    schema = {"sections": [{"title": "As printed", "fields": fields}]}
    form = formbuilder.create(
        review=review, actor=lead, name=name, scope=Form.Scope.SOURCES, schema=schema
    )
    formbuilder.publish(version=form.versions.get(), actor=lead)
    return Example(review, team, form)
