"""Keys as plans and records are written: what they have in common stands once (docs/formats.md, 6)."""

from .canonical import dumps
from .refusal import require

OWN = ("fingerprint", "id", "name", "spki", "version")
RECORDS = ("outcome", "recovered")
AS_WRITTEN = "keys are not as they are written, each with the number of its template"


def _are_objects(value):
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _sound(keys, templates):
    """The templates in the order in which the keys need them, each once, and nothing in the other's place"""
    if not (keys and templates and _are_objects(keys) and _are_objects(templates)):
        return False
    numbers = [key.get("template") for key in keys]
    if not all(type(number) is int for number in numbers):
        return False
    places = all(set(key) <= {"template", *OWN} for key in keys)
    kinds = not any({"template", *OWN} & set(one) for one in templates)
    met = list(dict.fromkeys(numbers)) == list(range(len(templates)))
    return places and kinds and met and len({dumps(one) for one in templates}) == len(templates)


def _opened(value):
    keys = value.get("keys")
    if "templates" not in value and not (isinstance(keys, list) and keys):
        return value
    require(_sound(keys, value.get("templates")), "SHAPE", AS_WRITTEN)
    whole = [{**value["templates"][key["template"]], **{name: key[name] for name in OWN if name in key}} for key in keys]
    return {**{name: inner for name, inner in value.items() if name != "templates"}, "keys": whole}


def _written(value):
    keys = value.get("keys")
    if "templates" in value or not keys or not _are_objects(keys):
        return value
    templates, numbers, rows = [], {}, []
    for key in keys:
        common = {name: inner for name, inner in key.items() if name not in OWN}
        number = numbers.setdefault(dumps(common), len(templates))
        if number == len(templates):
            templates.append(common)
        rows.append({**{name: key[name] for name in OWN if name in key}, "template": number})
    return {**value, "keys": rows, "templates": templates}


def _in(record, of):
    if isinstance(record.get("plan"), dict):
        return {**record, "plan": of(record["plan"])}
    return of(record) if record.get("type") in RECORDS else record


def open_record(record):
    """A record as it is written -> each key whole"""
    return _in(record, _opened)


def write_record(record):
    """A record, each key whole -> as it is written"""
    return _in(record, _written)


def write_plan(plan):
    """A plan, each key whole or as it is written -> as it is written"""
    return _written(plan)
