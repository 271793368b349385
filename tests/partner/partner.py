#!/usr/bin/env python3
"""A partner platform's afternoon: an order is created, paid, looked at and refunded. Another
day, the bill of the merchant is read.

Written from docs/partners.md, with public libraries alone. The customer's part, which a
mini-program does, is in the second half.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import secrets
import threading
import time
import uuid
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms
from standardwebhooks import Webhook, WebhookVerificationError


class Partner:
    """Sends requests that are signed with the partner's key."""

    def __init__(self, url: str, key_id: str, key: str):
        self.url, self.key_id = url.rstrip("/"), key_id
        keys = MappingKeyResolver(public_keys={}, private_keys={key_id: base64.b64decode(key)})
        self.signer = HTTPMessageSigner(
            signature_algorithm=algorithms.HMAC_SHA256, key_resolver=keys
        )
        self.http = requests.Session()

    def request(self, method: str, path: str, body=None, key: str | None = None):
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        covered = ["@method", "@path"]
        if "?" in path:
            covered.append("@query")
        if key is not None:
            headers["Idempotency-Key"] = f'"{key}"'
            covered.append("idempotency-key")
        request = requests.Request(method, self.url + path, headers=headers, data=data).prepare()
        # With a body, this adds Content-Digest (RFC 9530) and covers it.
        self.signer.sign(
            request,
            key_id=self.key_id,
            label="feiqian",
            nonce=secrets.token_urlsafe(16),
            covered_component_ids=covered,
            body=data,
        )
        return self.http.send(request, timeout=35)


class Refused(Exception):
    """The answer is a problem: nothing moved."""

    def __init__(self, problem: dict):
        self.code, self.problem = problem["code"], problem
        super().__init__(f'{problem["code"]}: {problem["title"]} {problem["next_step"]}')


WAITS = (5, 30, 60, 180, 300, 600, 1800)


def outcome(ask, waits=WAITS) -> dict | None:
    """Asks until the end is known. Each time is the same request with the same key."""
    for wait in (0, *waits):
        time.sleep(wait)
        try:
            answer = ask()
        except requests.RequestException:
            continue  # Unknown, and never failed: ask what became of it.
        if answer.status_code in (200, 201):
            return answer.json()
        if answer.status_code in (202, 429) or answer.status_code >= 500:
            continue
        problem = answer.json()
        if problem["code"] == "request_in_progress":
            continue
        raise Refused(problem)
    return None  # For a person to look at; it may still have happened.


class Inbox(BaseHTTPRequestHandler):
    """Takes events: verified, each once, answered before anything is done with them."""

    secret: str = ""
    events: dict[str, dict] = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = Webhook(self.secret).verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.send_response(401)
        else:
            self.events.setdefault(event["id"], event)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def heard(order: str, kind: str) -> dict | None:
    """Waits for an event of an order; without it, ask as before."""
    for _ in range(300):
        for event in list(Inbox.events.values()):
            if (event["object"], event["type"]) == (order, kind):
                return event
        time.sleep(0.1)
    return None


def yuan(value: str) -> dict:
    return {"value": value, "currency": "CNY"}


class Customer:
    """What a mini-program does with the session that its platform opened for it."""

    def __init__(self, url: str, token: str):
        self.url, self.token = url.rstrip("/"), token

    def request(self, method: str, path: str, body=None, key: str | None = None):
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = f'"{key}"'
        return requests.request(method, self.url + path, headers=headers, json=body, timeout=35)


def with_balance(customer: Customer, person: argparse.Namespace, value: str, pin: str) -> str:
    """Opens an account, sets its PIN, binds the card and tops up; answers the account's id."""
    card = {"card_number": person.card_number, "mobile": person.mobile}
    opening = {"class": "II", "name": person.name, "resident_id": person.resident_id, **card}
    key = str(uuid.uuid4())
    account = outcome(lambda: customer.request("POST", "/v1/accounts", opening, key))
    path = f"/v1/accounts/{account['account_id']}"
    customer.request("PUT", path + "/pin", {"pin": pin}).raise_for_status()
    asked = customer.request("POST", path + "/cards", card, str(uuid.uuid4()))
    asked.raise_for_status()
    confirmation = f"{path}/cards/{asked.json()['binding_id']}/confirmation"
    code, key = {"code": person.code}, str(uuid.uuid4())
    bound = outcome(lambda: customer.request("POST", confirmation, code, key))
    top_up = {"card_id": bound["card_id"], "amount": yuan(value), "pin": pin}
    key_of_top_up = str(uuid.uuid4())
    outcome(lambda: customer.request("POST", path + "/top-ups", top_up, key_of_top_up))
    return account["account_id"]


def pay(customer: Customer, account: str, order: str, pin: str) -> dict:
    """Looks at the order and pays what it asks for."""
    seen = customer.request("GET", f"/v1/orders/{order}?account_id={account}")
    seen.raise_for_status()
    body = {
        "account_id": account,
        "method": "balance",
        "amount": seen.json()["amount"],
        "pin": pin,
    }
    key = str(uuid.uuid4())
    return outcome(lambda: customer.request("POST", f"/v1/orders/{order}/payments", body, key))


def read_bill(partner: Partner, merchant: str, day: str) -> tuple[dict, list[dict]]:
    """Reads all parts of a day's bill; checks that they arrived whole and add up."""
    path = f"/v1/merchants/{merchant}/settlements/{day}"
    settled = outcome(lambda: partner.request("GET", path))
    lines = []
    for part in range(1, settled["file_parts"] + 1):
        answer = partner.request("GET", f"{path}/file?part={part}")
        answer.raise_for_status()
        digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
        if answer.headers["Content-Digest"] != f"sha-256=:{digest}:":
            raise ValueError(f"part {part} of the bill is not what was sent")
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        lines += [row for row in rows if row["order_id"]]
    total = sum(Decimal(line["amount"]) - Decimal(line["fee"]) for line in lines)
    if Decimal(settled["carried_in"]["value"]) + total != Decimal(settled["net"]["value"]):
        raise ValueError("the bill does not add up")
    return settled, lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:3000")
    options.add_argument("--key-id", default="par_demo.1")
    options.add_argument("--subject", default="wx-openid-7")
    options.add_argument("--name", default="张三")
    options.add_argument("--resident-id", default="11010519491231002X")
    options.add_argument("--mobile", default="13800138000")
    options.add_argument("--card-number", default="6216261000000000018")
    options.add_argument("--code", default="888888", help="what the sandbox bank sends")
    options.add_argument("--pin", default="926481")
    options.add_argument("--merchant", help="reads the bill of this merchant's --day, and no more")
    options.add_argument("--day", default="2026-11-23")
    given = options.parse_args()

    partner = Partner(given.url, given.key_id, os.environ["FEIQIAN_KEY"])

    if given.merchant is not None:
        settled, lines = read_bill(partner, given.merchant, given.day)
        print(json.dumps({"settled": settled, "lines": lines}))
        return

    subject = {"subject": given.subject}
    session = outcome(lambda: partner.request("POST", "/v1/sessions", subject))
    customer = Customer(given.url, session["token"])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/events"

    events = {"url": url, "types": ["order.paid", "refund.succeeded"]}
    events_key = str(uuid.uuid4())
    endpoint = outcome(
        lambda: partner.request("POST", "/v1/webhook-endpoints", events, events_key)
    )
    Inbox.secret = endpoint["secret"]

    merchant_key = str(uuid.uuid4())
    merchant = outcome(
        lambda: partner.request(
            "POST", "/v1/merchants", {"name": "东门面包房", "category": "bakery"}, merchant_key
        )
    )
    wanted = {
        "merchant_id": merchant["merchant_id"],
        "amount": yuan("12.34"),
        "description": "Bread",
        "reference": "2026-0042",
        "expires_in_seconds": 900,
    }
    order_key = str(uuid.uuid4())
    order = outcome(lambda: partner.request("POST", "/v1/orders", wanted, order_key))

    account = with_balance(customer, given, "100.00", given.pin)
    payment = pay(customer, account, order["order_id"], given.pin)

    path = f"/v1/merchants/{merchant['merchant_id']}/orders/{order['order_id']}"
    seen = outcome(lambda: partner.request("GET", path))
    told = heard(order["order_id"], "order.paid")

    refund_key = str(uuid.uuid4())
    stale = {"amount": yuan("5.00"), "reason": "Stale"}
    refunds = f"/v1/orders/{order['order_id']}/refunds"
    refund = outcome(lambda: partner.request("POST", refunds, stale, refund_key))
    try:
        too_much = {"amount": yuan("7.35"), "reason": "More than is left"}
        outcome(lambda: partner.request("POST", refunds, too_much, str(uuid.uuid4())))
        refused = None
    except Refused as refusal:
        refused = refusal.code
    given_back = outcome(lambda: partner.request("GET", refunds))
    reports = outcome(lambda: partner.request("GET", "/v1/reports?day=2026-11-23"))
    told_of_refund = heard(order["order_id"], "refund.succeeded")
    partner.request("DELETE", f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")

    print(
        json.dumps(
            {
                "merchant_id": merchant["merchant_id"],
                "order_id": order["order_id"],
                "account_id": account,
                "operation_id": payment["operation_id"],
                "order_status": seen["status"],
                "refund_id": refund["refund_id"],
                "refused": refused,
                "refunded": given_back["refunded"],
                "reports_of": reports["day"],
                "told": told,
                "told_of_refund": told_of_refund,
            }
        )
    )


if __name__ == "__main__":
    main()
