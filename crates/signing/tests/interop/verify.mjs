// Says which deliveries the Standard Webhooks library for JavaScript believes, and signs one.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const asked = JSON.parse(readFileSync(0, "utf8"));
const webhook = new Webhook(asked.secret);

function believes({ body, headers }) {
  try {
    return isDeepStrictEqual(webhook.verify(body, headers), JSON.parse(body));
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

const { id, seconds, body } = asked.sign;
console.log(
  JSON.stringify({
    believed: asked.deliveries.map(believes),
    signature: webhook.sign(id, new Date(seconds * 1000), body),
  }),
);
