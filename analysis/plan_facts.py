"""What a plan does, in pairs of term and value: what every kind tells alike."""

from extraction import variables


def asked(plan, spec):
    """``(form, named)``: the extraction form of a spec, and the function that gives the label of a
    field by its key; a key that the form asks no more is its own label."""
    form = plan.review.extraction_forms.get(pk=spec["form"])
    fields = variables.asked(form.published.schema)
    return form, lambda key: fields[key]["label"] if key in fields else key


def told(pairs):
    """The pairs that have a value."""
    return [(term, value) for term, value in pairs if value]


def left_out(spec):
    """The studies that a spec leaves out: what they were judged, and how many by hand."""
    left = [f"{tool}: {level}" for tool, level in spec.get("bias", ())]
    many = len(spec.get("without", ()))
    left += [f"{many} stud{'y' if many == 1 else 'ies'} by hand"] if many else []
    return "; ".join(left)


def variant(spec):
    """What a plan is that was kept from the switches of another."""
    return "made after the data were seen" if spec.get("variant_of") else ""
