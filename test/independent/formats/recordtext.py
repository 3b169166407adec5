"""record.txt and record.html of a ceremony, made anew from its journal, script and site file (docs/formats.md, 17)."""

import html
import json
import re
import unicodedata

from .encoding import plan_code, unb64
from .encoding import record_code as code_of

BAR = "| "
NO_SHAPE = [(0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0)]
NO_SHAPE += [(0x13441, 0x13442), (0x1D159, 0x1D159), (0xE0100, 0xE01EF)]


def spelled(char):
    return f"\\u{{{ord(char):x}}}"


def is_mark(char):
    return unicodedata.category(char)[0] == "M"


def in_one_row(text):
    """what could turn, hide or fill a row is spelled out"""
    shown = ""
    for i, char in enumerate(text):
        odd = char != " " and unicodedata.category(char)[0] in "CZ" or any(a <= ord(char) <= b for a, b in NO_SHAPE)
        lone = is_mark(char) and (i == 0 or text[i - 1] == " ")
        many = is_mark(char) and i >= 4 and all(map(is_mark, text[i - 4 : i]))
        shown += spelled(char) if odd or lone or many else char
    return re.sub(" {4,}", lambda blanks: f"\\u{{20}}{{{len(blanks[0])}}}", shown)


def columns(text):
    return sum(1 if char < "\u1100" else 2 for char in text)


def cut(text, room):
    taken = ""
    for char in text:
        if taken and columns(taken + char) > room and not is_mark(char):
            break
        taken += char
    return taken


def record_code(leaf):
    return code_of(unb64(leaf))


def said(lead, text):
    room, rows, row = 80 - len(lead) - len(BAR), [], None
    for word in in_one_row(text).split(" "):
        longer = word if row is None else f"{row} {word}"
        if columns(longer) <= room:
            row = longer
            continue
        rows += [] if row is None else [row]
        row = word
        while columns(row) > room:
            rows.append(cut(row, room))
            row = row[len(rows[-1]) :]
    return [(lead if i == 0 else " " * len(lead)) + BAR + row for i, row in enumerate([*rows, row])]


def fact(name, text):
    return [f"{name:12}{text}"]


def head_said(name, text):
    return [] if text is None else said(f"{name:12}", text)


def step_said(name, text):
    return [] if text is None else said(f"  {name:10}", text)


def line_said(name, text):
    return said(f"    {name:8}", text)


def minute(time):
    return f"{time[:10]} {time[11:16]} UTC"


def at(time):
    return f"{time[11:19]}Z"


def command(words):
    plain = re.compile(r"[0-9A-Za-z_./:@%+=,#{}-]+")
    return " ".join(word if plain.fullmatch(word) else json.dumps(word, ensure_ascii=False) for word in ["keyrite", *words])


def head(opened, script, site, leaf):
    tool, clock = opened["tool"], opened.get("clock")
    rows = ["REHEARSAL: nothing in this record is of a real ceremony", ""] if opened["mode"] == "rehearsal" else []
    rows += [f"CEREMONY {opened['name']}", "", *head_said("title", script["title"])]
    rows += fact("partition", script["partition"]) + fact("", opened["partition"])
    rows += fact("script", f"version {script['version']}") + fact("", plan_code(bytes.fromhex(opened["script"]))) + fact("", opened["script"])
    rows += fact("site", plan_code(bytes.fromhex(opened["site"]))) + fact("", opened["site"]) + head_said("place", site["place"])
    rows += fact("journal", record_code(leaf)) + head_said("program", f"{tool['name']} {tool['version']}")
    rows += fact("", tool["sha256"]) if "sha256" in tool else []
    rows += fact("station", opened["station"]) + head_said("user", opened["host"]["user"]) + head_said("machine", opened["host"]["name"])
    rows += fact("began", minute(opened["time"]))
    if clock:
        rows += fact("clock", f"this machine {at(clock['host'])}, and {at(clock['wall'])} on") + head_said("", site["clock"])
    for one in script.get("basis", []):
        rows += head_said("because of", one)
    rows += fact("rehearsed", minute(opened["rehearsal"]["rehearsal"]["ended"])) if "rehearsal" in opened else []
    rows += ["", "PEOPLE"]
    for person in site["people"]:
        rows += ["", *(f"  {role}" for role in person["roles"]), *step_said("name", person["name"]), *step_said("of", person.get("organisation"))]
    return [*rows, ""]


def step_rows(entry):
    how = "NOT DONE" if entry["type"] == "failed" else "LEFT OUT" if "exception" in entry else "done"
    rows = [f"  > {at(entry['began'])} to {at(entry['time'])}  {entry['step']} {how}"]
    rows += line_said("why", entry["exception"]) if "exception" in entry else []
    for person in entry["by"]:
        rows += line_said("by", person["name"])
    for name, value in sorted(entry.get("values", {}).items()):
        rows += line_said("value", f"{name}: {value}")
    rows += line_said("command", command(entry["command"])) if "command" in entry else []
    rows += [f"    exit {entry['exit']}"] if "exit" in entry else []
    rows += [f"    plan {plan_code(unb64(plan))}" for plan in entry.get("plans", [])]
    rows += [f"    record {one['seq']}  {record_code(one['leaf'])}" for one in entry.get("records", [])]
    if "file" in entry:
        rows += [*line_said("file", entry["file"]["name"]), f"    bytes {entry['file']['bytes']}", f"    sha256 {entry['file']['sha256']}"]
    return rows + ([f"    answer {entry['output']}"] if "output" in entry else [])


def line_rows(entry):
    mark = f"  > {at(entry['time'])}  "
    match entry["type"]:
        case "step" | "failed":
            return step_rows(entry)
        case "exception":
            return [f"  ! {at(entry['time'])}  EXCEPTION at step {entry['step']}", *line_said("what", entry["text"])]
        case "paused":
            return [f"{mark}a break before step {entry['step']}", *(row for name in entry["stay"] for row in line_said("stays", name))]
        case "resumed":
            return [f"{mark}resumed, and this code was read again:", f"    {record_code(entry['read'])}"]
        case "closed":
            return [f"{mark}closed: steps {entry['steps']}, exceptions {entry['exceptions']}"]
        case "aborted":
            return [f"{mark}ABORTED", *line_said("why", entry["reason"])]
    return []


def text_of(lines, script, site):
    """lines: [(entry, leaf)]"""
    entries = [entry for entry, _ in lines]
    rows, placed = head(entries[0], script, site, lines[-1][1]), []
    for step in script["steps"]:
        own = [entry for entry in entries if entry.get("step", "").removesuffix("/recover") == step["id"]]
        placed += own
        rows += [f"STEP {step['id']}  {step['kind']}", *step_said("act", step.get("act")), *step_said("text", step["text"])]
        rows += step_said("command", command(step["run"])) if step["kind"] == "run" else []
        rows += [row for entry in own for row in line_rows(entry)] + [""]
    rows += ["BREAKS AND END", *(row for entry in entries if entry not in placed for row in line_rows(entry)), ""]
    rows += ["SIGNATURES", "I was present, and what stands here is what I saw."]
    for person in site["people"]:
        rows += ["", *(f"  {role}" for role in person["roles"]), *step_said("name", person["name"])]
        rows += [f"  signature {'_' * 20}  date, time {'_' * 20}"]
    return "".join(f"{row}\n" for row in rows)


def escaped(text):
    return html.escape(text).replace("&#x27;", "&#39;")


def row_html(row):
    lead, bar, text = row.partition(BAR)
    return f"{escaped(lead + bar)}<bdi>{escaped(text)}</bdi>" if bar else escaped(row)


STYLE = "@page{margin:18mm}pre{white-space:pre-wrap;font:11px/1.5 monospace}bdi{unicode-bidi:isolate}.mark{position:fixed;top:40%;left:10%;font:80px sans-serif;color:#0002;transform:rotate(-30deg)}"


def page_of(opened, text):
    mark = '<div class="mark">REHEARSAL</div>\n' if opened["mode"] == "rehearsal" else ""
    rows = "\n".join(map(row_html, text.rstrip("\n").split("\n")))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{opened["name"]}</title>
<style>{STYLE}</style>
</head>
<body>
{mark}<pre dir="ltr">{rows}</pre>
</body>
</html>
"""
