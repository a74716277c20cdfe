"""The ledger's actions in the words of a reader: once, and so many times."""

ACTIONS = {
    "review.create": ("created the review", "created the review"),
    "protocol.amend": ("amended the protocol", "amended the protocol {n} times"),
    "criteria.set": ("set the eligibility criteria", "changed the criteria {n} times"),
    "reasons.set": ("set the exclusion reasons", "changed the exclusion reasons {n} times"),
    "highlights.set": ("set the highlighted words", "changed the highlighted words {n} times"),
    "search.add": ("added a search", "added {n} searches"),
    "search.change": ("changed a search", "changed searches {n} times"),
    "search.remove": ("removed a search", "removed {n} searches"),
    "member.add": ("joined the review", "joined the review in {n} roles"),
    "member.invite": ("invited a person", "invited {n} people"),
    "member.uninvite": ("withdrew an invitation", "withdrew {n} invitations"),
    "member.remove": ("removed a member", "removed {n} members"),
    "batch.preview": ("uploaded a search file", "uploaded {n} search files"),
    "batch.accept": ("imported a search file", "imported {n} search files"),
    "batch.refuse": ("put a search file away", "put {n} search files away"),
    "batch.withdraw": ("withdrew an imported file", "withdrew {n} imported files"),
    "duplicates.propose": ("looked for duplicates", "looked for duplicates {n} times"),
    "duplicate.merge": ("merged two records", "merged {n} pairs of records"),
    "duplicate.merge_certain": ("merged the certain duplicates", "merged duplicates {n} times"),
    "duplicate.apart": ("kept two records apart", "kept {n} pairs of records apart"),
    "duplicate.undo": ("undid a word on duplicates", "undid {n} words on duplicates"),
    "vote.cast": ("voted on a record", "cast {n} votes"),
    "vote.change": ("changed a vote", "changed {n} votes"),
    "vote.withdraw": ("took a vote back", "took {n} votes back"),
    "conflict.rule": ("settled a conflict", "settled {n} conflicts"),
    "screening.reopen": ("opened a record again", "opened {n} records again"),
    "report.move": ("moved a full text on", "moved {n} full texts on"),
    "report.attach": ("attached a full text", "attached {n} full texts"),
    "report.withdraw": ("withdrew a full text", "withdrew {n} full texts"),
    "form.create": ("created a form", "created {n} forms"),
    "form.new_version": ("began a version of a form", "began {n} versions of forms"),
    "form.edit": ("edited a form", "made {n} edits to forms"),
    "form.publish": ("published a form", "published {n} forms"),
    "study.adopt": ("made a report a study", "made {n} reports studies"),
    "study.separate": ("took a report out of its study", "took {n} reports out of studies"),
    "study.add_source": ("added a source", "added {n} sources"),
    "study.rename": ("renamed a study", "renamed {n} studies"),
    "entry.begin": ("began an extraction", "began {n} extractions"),
    "entry.give_back": ("gave an extraction back", "gave {n} extractions back"),
    "entry.submit": ("submitted an extraction", "submitted {n} extractions"),
    "entry.withdraw": ("took an extraction back", "took {n} extractions back"),
    "unit.add": ("added an arm or outcome", "added {n} arms or outcomes"),
    "unit.rename": ("renamed an arm or outcome", "renamed {n} arms or outcomes"),
    "unit.move": ("moved an arm or outcome", "moved arms or outcomes {n} times"),
    "unit.remove": ("removed an arm or outcome", "removed {n} arms or outcomes"),
    "cell.save": ("saved a value", "saved values {n} times"),
    "cell.save_block": ("saved a block of values", "saved {n} blocks of values"),
    "cell.confirm": ("confirmed a value as printed", "confirmed {n} values as printed"),
    "query.ask": ("asked authors a question", "asked authors {n} questions"),
    "query.remind": ("reminded authors of a question", "reminded authors {n} times"),
    "query.answer": ("kept an answer of authors", "kept {n} answers of authors"),
    "query.close": ("closed a query without an answer", "closed {n} queries without an answer"),
    "query.reopen": ("opened a query again", "opened {n} queries again"),
    "record.open": ("completed the pair of a study", "completed the pairs of {n} studies"),
    "cell.opinion": ("gave an opinion on a value", "gave {n} opinions on values"),
    "cell.rule": ("settled a value", "settled {n} values"),
    "record.approve": ("approved a study", "approved {n} studies"),
    "record.reopen": ("opened a study again", "opened {n} studies again"),
    "participants.begin": ("began a table of participants", "began {n} tables of participants"),
    "participants.describe": ("said where rows are from", "said {n} times where rows are from"),
    "participants.file": ("uploaded participants", "uploaded participants {n} times"),
    "participants.load": ("loaded participants", "loaded participants {n} times"),
    "participants.save": ("saved participants", "saved participants {n} times"),
    "participants.submit": ("submitted participants", "submitted {n} tables of participants"),
    "participants.withdraw": ("took participants back", "took {n} tables of participants back"),
    "participants.give_back": ("put participants away", "put {n} tables of participants away"),
    "participant_record.open": ("completed a table of participants", "completed {n} such tables"),
    "participant.opinion": ("gave an opinion on a participant", "gave {n} such opinions"),
    "participant.rule": ("settled a participant's value", "settled {n} participants' values"),
    "participant_record.approve": ("approved participants", "approved {n} tables of participants"),
    "participant_record.send_back": ("sent a data set back", "sent {n} data sets back"),
    "participant_record.reopen": ("opened participants again", "opened participants {n} times"),
    "form.printed_pairs": ("said what a form prints", "said {n} times what a form prints"),
    "patient_plan.create": ("planned a model of patients", "planned {n} models of patients"),
    "patient_plan.run": ("ran a model of patients", "ran models of patients {n} times"),
    "instrument.choose": ("chose an appraisal tool", "chose {n} appraisal tools"),
    "instrument.params": ("set what a tool is used for", "changed tools {n} times"),
    "instrument.guidance": ("wrote guidance on a tool", "changed guidance {n} times"),
    "assessment.plan": ("planned appraisals", "planned appraisals {n} times"),
    "assessment.unplan": ("took an appraisal off the plan", "took {n} appraisals off the plan"),
    "appraisal.begin": ("began an appraisal", "began {n} appraisals"),
    "appraisal.give_back": ("gave an appraisal back", "gave {n} appraisals back"),
    "appraisal.submit": ("submitted an appraisal", "submitted {n} appraisals"),
    "appraisal.take_back": ("took an appraisal back", "took {n} appraisals back"),
    "answer.save": ("answered a question", "answered questions {n} times"),
    "answer.copy": ("copied answers", "copied answers {n} times"),
    "answer.add": ("added an answer in discussion", "added {n} answers in discussion"),
    "item.concede": ("took the other's answer", "took the other's answer {n} times"),
    "item.escalate": ("left answers to the third person", "left answers to a third {n} times"),
    "item.rule": ("settled an answer", "settled {n} answers"),
    "assessment.reopen": ("opened an appraisal again", "opened {n} appraisals again"),
    "assessment.send_back": ("sent an appraisal back", "sent {n} appraisals back"),
    "snapshot.freeze": ("froze a snapshot", "froze {n} snapshots"),
    "tabulation.create": ("laid out a table of patients", "laid out {n} tables of patients"),
    "tabulation.change": ("changed a table of patients", "changed tables of patients {n} times"),
    "tabulation.retire": ("put a table of patients away", "put {n} tables of patients away"),
    "plan.create": ("planned an analysis", "planned {n} analyses"),
    "plan.retire": ("put an analysis away", "put {n} analyses away"),
    "plan.run": ("ran an analysis", "ran analyses {n} times"),
}


def did(action, n=1):
    """What somebody did, as the rest of a sentence that begins with their name."""
    once, often = ACTIONS[action]
    return once if n == 1 else often.format(n=f"{n:,}")


def in_words(part):
    """Something an event keeps, as a reader sees it: of a list a line each, where a list within
    it is one line; of a mapping its pairs."""
    if isinstance(part, list):
        lines = [one if isinstance(one, list) else [one] for one in part]
        return "\n".join(": ".join(map(in_words, line)) for line in lines)
    if isinstance(part, dict):
        pairs = ((name, in_words(value)) for name, value in part.items())
        return "; ".join(f"{name}: {words}" for name, words in pairs if words)
    if isinstance(part, bool):
        return "yes" if part else "no"
    return "" if part is None else str(part)
