"""Buys tickets and reads what a buyer gets with programs that nobody here wrote: the code with PyJWT from the
published keys alone, the QR code with ZBar from paper and screen, the paper with Poppler, the calendar entry with
icalendar, the mail with the standard library's parser.

Speaks to the site at BASE_URL. The mail is asked for with the program's own `resend` (SERVER, DATA_DIR, PORT)."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
import uuid
import zipfile
from email import policy
from email.parser import BytesParser
from pathlib import Path

import icalendar
import jwt

from mime_lint import lint

BASE = os.environ.get("BASE_URL", "http://127.0.0.1:3000")
ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("SERVER", str(ROOT / "target/debug/server"))
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
PATIENCE_S = 60


def call(path, body=None, token=None):
    """The bytes of an answer; anything but success is an exception."""
    url = path if path.startswith("http") else BASE + path
    headers = {"content-type": "application/json"} if body is not None else {}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return answer.read()


def get(path, **more):
    return json.loads(call(path, **more))


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, timeout=120, **more).stdout


def buy():
    """Two tickets of some event that is on sale: the event, the order, what its buyer was answered."""
    for event in get("/api/v1/events?limit=100")["items"]:
        if event["status"] != "on_sale" or event["available"] < 50:
            continue
        best = get(f"/api/v1/events/{event['id']}/best-available?quantity=2")
        wish = {"client_reservation_id": str(uuid.uuid4()), "seat_ids": best["seat_ids"]}
        held = get(f"/api/v1/events/{event['id']}/reservations", body=wish)
        order = {
            "idempotency_key": str(uuid.uuid4()),
            "buyer": {"name": "Žofia O'Neill", "email": f"zofia-{uuid.uuid4().hex[:8]}@example.org"},
            "payment_token": "pm_card_visa",
        }
        path = f"/api/v1/reservations/{held['hold_id']}/commit"
        return event, order["buyer"], get(path, body=order, token=held["hold_token"])
    raise LookupError("nothing is on sale")


class WhatABuyerGets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.event, cls.buyer, cls.paid = buy()
        cls.codes = [ticket["code"] for ticket in cls.paid["tickets"]]
        cls.path, cls.key = cls.paid["order_url"].split("?")
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = Path(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def qr_codes(self, picture):
        return run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)).decode().split()

    def test_a_code_verifies_from_the_published_keys_alone(self):
        keys = jwt.PyJWKSet.from_dict(get("/.well-known/jwks.json"))
        for ticket in self.paid["tickets"]:
            head = jwt.get_unverified_header(ticket["code"])
            claims = jwt.decode(ticket["code"], keys[head["kid"]].key, algorithms=["ES256"], issuer="parterre",
                                options={"verify_nbf": True, "require": ["exp", "nbf", "sub"]})
            self.assertEqual(claims["sub"], ticket["id"])
            self.assertEqual(claims["event"], self.event["id"])
        changed = self.codes[0][:-8] + ("A" if self.codes[0][-8] != "A" else "B") + self.codes[0][-7:]
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(changed, keys[head["kid"]].key, algorithms=["ES256"], options={"verify_exp": False})

    def test_the_code_is_read_from_paper_of_both_sizes(self):
        for size in ("a4", "phone"):
            paper = self.out / f"{size}.pdf"
            paper.write_bytes(call(f"{self.path}/tickets.pdf?{self.key}&size={size}"))
            run("pdftoppm", "-r", "150", "-png", str(paper), str(self.out / size))
            pages = sorted(self.out.glob(f"{size}-*.png"))
            self.assertEqual(len(pages), len(self.codes))
            self.assertEqual([code for page in pages for code in self.qr_codes(page)], self.codes)

    def test_the_paper_brings_its_fonts_and_can_be_read_aloud(self):
        paper = self.out / "read.pdf"
        paper.write_bytes(call(f"{self.path}/tickets.pdf?{self.key}"))
        fonts = run("pdffonts", str(paper)).decode().splitlines()[2:]
        self.assertTrue(fonts)
        for line in fonts:
            # … type, encoding, emb, sub, uni, object id
            self.assertRegex(line, r"\byes\s+yes\s+yes\s+\d+\s+\d+$")
        facts = run("pdfinfo", str(paper)).decode()
        self.assertRegex(facts, r"Tagged:\s+yes")
        self.assertRegex(facts, r"Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)")
        words = run("pdftotext", "-layout", str(paper), "-").decode()
        for text in (self.event["name"].split()[0], "Žofia O'Neill", "Doors"):
            self.assertIn(text, words)
        tree = run("pdfinfo", "-struct-text", str(paper)).decode(errors="replace")
        self.assertIn("Figure", tree)
        self.assertIn("H1", tree)

    def test_the_code_is_read_from_the_screen(self):
        ticket = self.paid["tickets"][0]
        picture = self.out / "screen.png"
        run(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,1400",
            f"--screenshot={picture}", f"{self.path}/tickets/{ticket['id']}?{self.key}", cwd=self.out)
        self.assertEqual(self.qr_codes(picture), [ticket["code"]])

    def test_the_calendar_entry_parses(self):
        calendar = icalendar.Calendar.from_ical(call(f"{self.path}/calendar.ics?{self.key}"))
        self.assertEqual(str(calendar["METHOD"]), "PUBLISH")
        entries = calendar.walk("VEVENT")
        self.assertEqual(len(entries), 1)
        entry = entries[0]
        self.assertEqual(str(entry["SUMMARY"]), self.event["name"])
        starts = entry.decoded("DTSTART").isoformat().replace("+00:00", "Z")
        self.assertEqual(starts[:19], self.event["starts_at"][:19])
        self.assertLess(entry.decoded("DTSTART"), entry.decoded("DTEND"))
        self.assertEqual(entry.errors, [])
        for ticket in self.paid["tickets"]:
            self.assertIn(ticket["label"], str(entry["DESCRIPTION"]))

    def test_the_wallet_pass_is_whole_and_signed(self):
        ticket = self.paid["tickets"][0]
        raw = call(f"{self.path}/ticket.pkpass?{self.key}&ticket={ticket['id']}")
        archive = zipfile.ZipFile(io.BytesIO(raw))
        self.assertIsNone(archive.testzip())
        files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files["manifest.json"])
        self.assertEqual(set(manifest), set(files) - {"manifest.json", "signature"})
        for name, digest in manifest.items():
            self.assertEqual(hashlib.sha1(files[name]).hexdigest(), digest, name)
        described = json.loads(files["pass.json"])
        self.assertEqual(described["barcodes"][0]["message"], ticket["code"])
        for name in ("signature", "manifest.json"):
            (self.out / name).write_bytes(files[name])
        signer = run("openssl", "pkcs7", "-inform", "DER", "-in", "signature", "-print_certs", cwd=self.out)
        (self.out / "signer.pem").write_bytes(signer)
        verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-CAfile", "signer.pem",
                  "-purpose", "any", "-content", "manifest.json", "-out", "verified"]
        run(*verify, cwd=self.out)
        (self.out / "manifest.json").write_bytes(files["manifest.json"] + b" ")
        with self.assertRaises(subprocess.CalledProcessError):
            run(*verify, cwd=self.out)

    def test_the_mail_is_a_good_one_and_brings_the_tickets(self):
        raw = self.mail()
        self.assertEqual(lint(raw), [])
        message = BytesParser(policy=policy.SMTP).parsebytes(raw)
        pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
        self.assertEqual(len(pictures), len(self.codes))
        for at, (part, code) in enumerate(zip(pictures, self.codes)):
            picture = self.out / f"mail-{at}.png"
            picture.write_bytes(part.get_payload(decode=True))
            self.assertEqual(self.qr_codes(picture), [code])
        files = {part.get_filename(): part for part in message.iter_attachments()}
        kinds = sorted(part.get_content_type() for part in files.values())
        self.assertEqual(kinds, ["application/pdf", "application/pdf", "text/calendar"])
        self.assertEqual(sorted(name.split("-")[0] for name in files if name.endswith(".pdf")), ["receipt", "tickets"])
        for part in files.values():
            if part.get_content_type() == "application/pdf":
                self.assertTrue(part.get_content().startswith(b"%PDF-"))
            else:
                icalendar.Calendar.from_ical(part.get_content())

    def test_the_lint_finds_what_is_wrong(self):
        good = self.mail()
        self.assertEqual(lint(good), [])
        for what, bad in {
            "bare line end": good.replace(b"\r\n", b"\n", 1),
            "long line": good.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 1200 + b"\r\n\r\n", 1),
            "picture that is not there": good.replace(b"Content-ID: <code-1@", b"Content-ID: <code-9@"),
            "broken base64": re.sub(rb"(Content-Transfer-Encoding: base64\r\n\r\n)..", rb"\1*%", good, count=1),
            "two subjects": good.replace(b"\r\nSubject:", b"\r\nSubject: x\r\nSubject:", 1),
            "missing end": good[: good.rfind(b"--", 0, -4)],
        }.items():
            self.assertNotEqual(lint(bad), [], what)

    def mail(self):
        """The buyer's newest mail with tickets, as it travelled."""
        if not hasattr(type(self), "_mail"):
            number = get(f"/api/v1/orders/{self.paid['order_id']}?{self.key}")["number"]
            run(SERVER, "resend", number, cwd=ROOT)
            mailbox = re.sub(r":(\d+)$", lambda port: f":{int(port[1]) + 1}", BASE)
            type(self)._mail = self.waited(mailbox)
        return type(self)._mail

    def waited(self, mailbox):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for letter in get(f"{mailbox}/mailbox.json")["letters"]:
                if letter["to"] == [self.buyer["email"]]:
                    return call(mailbox + letter["raw"])
            time.sleep(0.1)
        raise LookupError("no mail came")


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, verbosity=2).result.wasSuccessful())
