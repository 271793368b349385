"""Says which deliveries the Standard Webhooks library for Python believes, and signs one."""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])


def believes(delivery):
    try:
        return webhook.verify(delivery["body"], delivery["headers"]) == json.loads(delivery["body"])
    except WebhookVerificationError:
        return False


sign = asked["sign"]
at = datetime.fromtimestamp(sign["seconds"], tz=timezone.utc)
print(
    json.dumps(
        {
            "believed": [believes(delivery) for delivery in asked["deliveries"]],
            "signature": webhook.sign(sign["id"], at, sign["body"]),
        }
    )
)
