"""How the core must treat a service: data about its API and its webhooks, which nobody sees on a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import ReceiptState

if TYPE_CHECKING:
    from patchbay.kit.contract import HttpResponse

MOST_WEBHOOK_BYTES = 1024 * 1024  #: a hundred times the largest webhook that most services document


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `requests` calls within any `seconds`, for all connections with the same secrets together.

    `asks_for_fewer`: whether an answer that is not a 429 means one. It must not be about one conversation only.
    """

    requests: int
    seconds: float = 1.0
    asks_for_fewer: Callable[[HttpResponse], bool] | None = None


class ContactIdentity(Enum):
    """How a platform knows the contacts of messengers. `patchbay.bridge.identity` has one strategy for each."""

    REFERENCE = "reference"  #: by our reference only, which the conversation carries
    LOOKED_UP = "looked up"  #: by an id of its own, found or made by `IdentifiesContacts`
    NUMBERED = "numbered"  #: by a whole number that we choose; each contact gets one that no other ever had
    AUTHENTICATED = "authenticated"  #: by a token for each person (`AuthenticatesContacts`, `FindsPlatformIds`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How a service behaves. The defaults are those of a service that promises nothing."""

    # --- sending ---

    #: True: a part that is sent again under the same key is taken once, so an uncertain part is simply sent again.
    idempotent_sends: bool = False
    #: The longest payload of a button, in bytes, that comes back with a tap; 0: any. A key stands for a longer one.
    payload_bytes: int = 0
    #: How many times an uncertain part is sent again, marked as such, when the service cannot be asked about it. After
    #: that the message goes to the dead-letter queue.
    max_uncertain_resends: int = 2
    #: The rate limit that one container keeps to; None: none.
    rate: Rate | None = None
    #: Calls that a new contact's first message takes as a rule, its own included. The rate limiter books them together.
    first_message_calls: int = 1

    #: Seconds for which it shows that somebody is typing, if no call ends that: it is shown again while it lasts. None:
    #: it shows it once, until it hears of the end or of a message.
    typing_lasts: float | None = None

    # --- conversations and contacts ---

    #: True: a message for an ended conversation is posted to it first, because that may reopen it. Only if the service
    #: refuses is a new conversation opened.
    reopens_conversations: bool = False
    #: How a platform knows contacts.
    contact_identity: ContactIdentity = ContactIdentity.REFERENCE
    #: True: a platform's conversations are opened without a message, and agents write in none that was not opened.
    opens_empty: bool = False
    #: True: a business may write to people, by phone number, before they have written to it.
    agent_initiated: bool = False
    #: Seconds after a customer's message in which agents may answer freely; then only templates go out, and what else
    #: agents write is held. Each message says until when (`MessageReceived.window_until`). None: at any time.
    reply_window: float | None = None

    #: True: typing, and that messages are read, is shown on one message of the contact's. So the newest one is noted in
    #: the contact's thread (`NEWEST_MESSAGE` in its state), which costs a write each. The end of
    #: a reply window is known exactly then.
    notes_newest: bool = False

    # --- webhooks ---

    #: The largest body of a webhook, in bytes.
    most_webhook_bytes: int = MOST_WEBHOOK_BYTES
    #: The delivery status that its webhooks report for messages that we sent.
    receipt_states: frozenset[ReceiptState] = frozenset()
    #: True: some of these receipts are about all that was sent before in the conversation, too.
    receipts_cover_earlier: bool = False
    #: The receipts and typing that its webhooks report only when they are asked for (`SelectsFeedback`).
    selectable_feedback: frozenset[FeedbackKind] = frozenset()
    #: True: a failure is shown as a note of its own, which refers to no message.
    failures_as_notes: bool = False
    #: True: messages that we post come back as webhooks which `parse` cannot tell from other people's messages.
    echoes: bool = False
    #: True: some webhooks name a conversation without its account, so the core remembers whose conversation it is.
    webhooks_omit_account: bool = False
    #: True: its webhooks report that somebody is typing.
    reports_typing: bool = False
    #: True: its webhooks name messages that we delivered: which one is answered, say.
    reports_references: bool = False
    #: True: its webhooks report messages that were deleted for everybody; our copies are then deleted too.
    reports_deletions: bool = False

    # --- messages and files that are not complete yet ---

    #: Seconds from the webhook for which `complete_message`, and a file with one of `pending_file_statuses`, are tried
    #: again. Then the message goes on without what is missing.
    completion_timeout: float = 10.0
    #: HTTP statuses with which the service's own links to files say "not yet": the file is being scanned or uploaded.
    pending_file_statuses: frozenset[int] = frozenset()
