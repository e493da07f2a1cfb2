"""vcita as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from patchbay.domain.model import ReceiptState
from patchbay.kit.behavior import Behavior, ContactIdentity, Rate
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import ALLOWED_SOURCES, Setting

API_URL = "https://api.vcita.biz"
APP_URL = "https://app.vcita.com"
API_PREFIX = "/business/communication"
APP_NAME = "Patchbay"

FULL, BASIC = "full", "basic"  #: the two values of `status_set`

#: None is required: there are three ways to connect, and `check` says which values each of them wants.
SETTINGS = (
    Setting(
        name="access_token",
        help="A token of one business, made for the communication app: this connection is then that business",
        secret=True,
    ),
    Setting(
        name="directory_token",
        help="The partner's directory token: Patchbay then creates the app, or points an existing one at itself",
        secret=True,
    ),
    Setting(
        name="client_id",
        help="The client id of an existing communication app, which businesses install by consent",
        secret=True,
    ),
    Setting(
        name="client_secret", help="The same app's secret, which vcita showed once when it was created", secret=True
    ),
    Setting(name="business_uid", help="The business, 16 characters; found from the token if possible"),
    Setting(name="channel_uid", help="The business's channel, 36 characters; it is created if you leave this out"),
    Setting(name="display_name", help="The channel's name that the staff see, to tell several apart"),
    Setting(name="app_name", help="The name of an app that is created, 3 to 25 characters", default=APP_NAME),
    Setting(name="app_code_name", help="The app's code name at vcita, letters and digits; generated for a new app"),
    Setting(
        name="app_id",
        help="The app's number at vcita, so that the removal of other apps is not mistaken for this one's",
    ),
    Setting(
        name="status_set",
        help="full, or basic if vcita accepts only the statuses received, read and error",
        default=FULL,
    ),
    Setting(name="base_url", help="The URL of vcita's API; white-label partners have their own", default=API_URL),
    Setting(name="app_url", help="The URL where the business's staff log in and give consent", default=APP_URL),
    Setting(
        name="token_url",
        help="The URL where codes are exchanged for tokens; default: base_url followed by /oauth/token",
    ),
    Setting(name="api_prefix", help="The communication API's path below base_url", default=API_PREFIX),
    Setting(name="typing_prefix", help="The same for typing, if it differs, such as /business/communication/v1"),
    ALLOWED_SOURCES,
)

CAPABILITIES = Capabilities(
    text_limit=4000,  # vcita documents none; this is a long letter, and every piece of one is a readable message
    sender_name=True,  # as the client whose thread it is
    typing=True,
)

BEHAVIOR = Behavior(
    contact_identity=ContactIdentity.LOOKED_UP,
    idempotent_sends=True,  # vcita: message_uid is unique per channel, a second one is refused
    # vcita: 8ReqPerSec; a little more than a second, because clocks and networks drift
    rate=Rate(requests=8, seconds=1.1),
    first_message_calls=4,
    opens_empty=True,  # vcita: staff choose a channel on which the client has a session
    receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED}),
    webhooks_omit_account=True,  # vcita: webhooks about sessions and typing name the session's uid only
    reports_typing=True,
)
