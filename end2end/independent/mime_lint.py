"""What a mail must be, whoever wrote it: RFC 5322 and 2045 as the standard library reads them, strictly."""

import re
from email import errors, policy
from email.parser import BytesParser
from html import unescape

LINE_BYTES_MAX = 998


def lint(raw: bytes) -> list[str]:
    """Everything that is wrong with a message; an empty list is a good one."""
    problems = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        problems.append("a line does not end in CRLF")
    longest = max((len(line) for line in raw.split(b"\r\n")), default=0)
    if longest > LINE_BYTES_MAX:
        problems.append(f"a line of {longest} bytes")
    try:
        # `strict` raises at the first defect of structure or encoding.
        message = BytesParser(policy=policy.SMTP.clone(raise_on_defect=True)).parsebytes(raw)
    except Exception as defect:  # every defect is an exception of its own class
        return [*problems, f"the parser refuses it: {defect!r}"]
    problems += headers(message)
    for part in message.walk():
        problems += part_problems(part)
    return problems + structure(message)


def headers(message) -> list[str]:
    problems = []
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        values = message.get_all(name, [])
        if len(values) != 1:
            problems.append(f"{len(values)} times {name}")
        elif values[0].defects:
            problems.append(f"{name}: {values[0].defects}")
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", str(message["Message-ID"]).strip()):
        problems.append(f"Message-ID {message['Message-ID']!r}")
    if str(message["Auto-Submitted"]) != "auto-generated":
        problems.append("not marked as sent by a machine")
    for name, value in message.items():
        if not name.isascii() or any(c in str(value) for c in "\r\n\0"):
            problems.append(f"the header {name!r} has characters that no header has")
    return problems


def part_problems(part) -> list[str]:
    kind = part.get_content_type()
    if part.defects:
        return [f"{kind}: {part.defects}"]
    if part.is_multipart():
        return []
    encoding = str(part.get("Content-Transfer-Encoding", "7bit")).lower()
    if encoding not in ("7bit", "quoted-printable", "base64"):
        return [f"{kind} is encoded as {encoding}"]
    try:
        body = part.get_payload(decode=True)
    except errors.MessageDefect as defect:
        return [f"{kind}: {defect!r}"]
    if not body:
        return [f"{kind} is empty"]
    if part.get_content_maintype() == "text":
        charset = part.get_content_charset()
        if charset is None:
            return [f"{kind} names no charset"]
        body.decode(charset)
    starts = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "text/calendar": b"BEGIN:VCALENDAR"}
    if not body.startswith(starts.get(kind, b"")):
        return [f"{kind} does not begin like one"]
    return []


def structure(message) -> list[str]:
    problems = []
    words = next((part for part in message.walk() if part.get_content_type() == "multipart/alternative"), None)
    if words is None:
        return ["the words come in one form only"]
    kinds = [part.get_content_type() for part in words.iter_parts()]
    if kinds[0] != "text/plain":
        problems.append(f"the plainest part is not the first: {kinds}")
    html = message.get_body(preferencelist=("html",))
    plain = message.get_body(preferencelist=("plain",))
    if html is None or plain is None:
        return [*problems, "a form of the words is missing"]
    shown = set(re.findall(r'"cid:([^"]+)"', html.get_content()))
    brought = {str(part["Content-ID"]).strip().strip("<>") for part in message.walk() if part["Content-ID"]}
    if shown != brought:
        problems.append(f"shown {sorted(shown)}, brought {sorted(brought)}")
    for address in re.findall(r'(?:src|href)="([^"]*)"', html.get_content()):
        if not unescape(address).startswith(("cid:", "http://", "https://")):
            problems.append(f"an address of another kind: {address[:40]}")
    if re.search(r"<script|javascript:|<form", html.get_content(), re.IGNORECASE):
        problems.append("something in it wants to run")
    names = [part.get_filename() for part in message.iter_attachments()]
    if not all(names):
        problems.append(f"a file without a name: {names}")
    return problems
