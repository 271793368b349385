"""Lets Schemathesis ask as whoever an operation is for, and of what exists.

`cargo xtask fuzz-api` opens an account, a merchant and an order, and names them and the
keys in the environment.
"""

import base64
import os
import re
import secrets
from datetime import datetime

import requests
import schemathesis
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

# What a path's parameter is given, so that requests get beyond "not found".
EXISTING = {
    name: os.environ[f"FEIQIAN_{name.upper()}"] for name in ("account_id", "merchant_id", "order_id")
}
ID = re.compile(r"[a-z]+_[0-9a-z]+\Z")
TOKENS = {
    "customer": os.environ["FEIQIAN_CUSTOMER_TOKEN"],
    "operator": os.environ["FEIQIAN_OPERATOR_TOKEN"],
}


class Keys(HTTPSignatureKeyResolver):
    """The partner's one key."""

    def resolve_private_key(self, key_id):
        return base64.b64decode(os.environ["FEIQIAN_PARTNER_KEY"])

    resolve_public_key = resolve_private_key


class Signed(requests.auth.AuthBase):
    """Signs a request as it is sent (RFC 9421), its body by its digest (RFC 9530)."""

    signer = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Keys())

    def __call__(self, request):
        covered = ["@method", "@path"]
        if "?" in request.url:
            covered.append("@query")
        for name in ("Content-Digest", "Signature", "Signature-Input"):
            request.headers.pop(name, None)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if "Idempotency-Key" in request.headers:
            covered.append("idempotency-key")
        self.signer.sign(
            request,
            key_id=os.environ["FEIQIAN_PARTNER_KEY_ID"],
            created=datetime.now(),
            nonce=secrets.token_hex(16),
            label="feiqian",
            covered_component_ids=covered,
            body=body or None,
        )
        return request


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    for name, value in (path_parameters or {}).items():
        if name in EXISTING and ID.match(str(value)):
            path_parameters[name] = EXISTING[name]
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    schemes = {name for scheme in case.operation.definition.raw.get("security", []) for name in scheme}
    for scheme, token in TOKENS.items():
        if scheme in schemes:
            case.headers["Authorization"] = f"Bearer {token}"
    if "partner" in schemes:
        kwargs["auth"] = Signed()
