"""A form as a JSON file: written, and read back with what is wrong in it named. Pure."""

import json
from dataclasses import dataclass, field

from . import shape

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: a form, or ``problems`` that name their place in it."""

    name: str = ""
    purpose: str = ""
    schema: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)


def to_json(name, purpose, schema):
    """The bytes of a JSON file that holds one form."""
    content = {"concord_form": FORMAT, "name": name, "purpose": purpose, "schema": schema}
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def from_json(data):
    """Return what the bytes of a JSON file hold, as ``Read``."""
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as wrong:
        return Read(problems=[f"Line {wrong.lineno}, column {wrong.colno}: this is not JSON."])
    except (ValueError, RecursionError):
        return Read(problems=["The file is not JSON in UTF-8."])
    if not isinstance(content, dict) or "schema" not in content:
        return Read(problems=["The file holds no form. Export one to see how it is written."])
    if content.get("concord_form", FORMAT) != FORMAT:
        return Read(problems=[f"The file is of format {content['concord_form']}; format {FORMAT}"
                              " can be read here."])  # fmt: skip
    name, purpose = (content.get(part, "") for part in ("name", "purpose"))
    if not isinstance(name, str) or not isinstance(purpose, str):
        return Read(problems=["The name and the purpose of the form must be text."])
    if wrong := shape.problems(content["schema"]):
        return Read(problems=wrong)
    return Read(name, purpose, content["schema"])
