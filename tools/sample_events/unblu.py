"""Writes events/unblu/: what API Gateway hands over for each call of Unblu's, and what the bridge makes of it.

    python -m tools.sample_events.unblu

Running it again changes nothing: the key is fixed. The expected events are written by the connector itself and checked
by eye when they change; tests/connectors/unblu/test_inbound.py states the same facts independently.
"""

from __future__ import annotations

import hmac
import json
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from tools.sample_events.samples import SampleWebhook, write_samples

START = 1767603600000

SECRET = "sample-secret-of-the-unblu-samples-which-signs-nothing-else"
ACCOUNT = "A7d9E_0-c3cC4aoFDb85t6n"
CHANNEL = "cne9hsne4rgxa2es6MenC8d"
CONVERSATION = "AcviDb210C5BoFd6e_79oan"
TENANT = "https://acme.unblu.example"
OWN_MESSAGE = "pb-message-7d1f0c2b3a495867d1f0c2b3a4958677:0"

Json = dict[str, Any]

ANN: Json = {
    "$_type": "ExternalMessengerContact",
    "id": "SE-c3SSNQOWPi9_y6sNsnQ",
    "externalMessengerChannelId": CHANNEL,
    "sourceId": "viber:shop:01234567890A=",
    "personId": "nta30CBa-6d1a89cE57Db_F",
    "name": "Ann Lee",
    "accountId": ACCOUNT,
}
BOB: Json = {
    **ANN,
    "id": "TF-d4TTORPXQj0_z7tOtoR",
    "sourceId": "viber:shop:98765432109B=",
    "personId": "oub41DCb-7e2b90dF68Ec_G",
    "name": "Bob Moe",
}
AGENT: Json = {
    "$_type": "PersonData",
    "id": "agentP1",
    "personSource": "USER_DB",
    "sourceId": "u1",
    "firstName": "Carla",
    "lastName": "Rossi",
    "displayName": "Carla Rossi",
    "personType": "AGENT",
}
BOT: Json = {
    **AGENT,
    "id": "botP1",
    "firstName": "Helper",
    "lastName": None,
    "displayName": "Helper",
    "personType": "BOT",
}
VISITOR: Json = {**AGENT, "id": ANN["personId"], "displayName": "Ann Lee", "personType": "VISITOR"}
QUICK_REPLIES = [{"$_type": "QuickReply", "text": "Yes, please"}, {"$_type": "QuickReply", "text": "No"}]


def say(text: str, **fields: Any) -> Json:
    return {"$_type": "TextMessageData", "type": "TEXT", "text": text, "textType": "SIMPLE_TEXT", **fields}


def ask(kind: str, model: str, **fields: Any) -> Json:
    return {"$_type": model, "type": kind, "textType": "SIMPLE_TEXT", "answerStatus": "PENDING", **fields}


def option(label: str, value: str, model: str = "MultichoiceQuestionOption") -> Json:
    return {"$_type": model, "label": label, "value": value}


def action(kind: str, label: str, value: str) -> Json:
    return {"$_type": "MessageAction", "actionType": kind, "label": label, "value": value}


def file(name: str, mime_type: str, status: str = "COMPLETED", **fields: Any) -> Json:
    path = f"rest/v4/files/{CONVERSATION}/{name.replace(' ', '-')}"
    return {
        "$_type": "FileMessageData",
        "type": "FILE",
        "fileName": name,
        "mimeType": mime_type,
        "fileStatus": status,
        "totalSize": 90112,
        "downloadLinks": [
            {"$_type": "DownloadLink", "type": "AGENT_DESK", "url": f"{TENANT}/co-unblu/{path}"},
            {"$_type": "DownloadLink", "type": "WEB_API", "url": f"{TENANT}/app/{path}"},
        ],
        **fields,
    }


MULTICHOICE = ask(
    "MULTICHOICE_QUESTION",
    "MultichoiceQuestionMessageData",
    text="Which day?",
    options=[option("Monday", "mon"), option("Tuesday", "tue")],
)

#: What an agent's messages hold, where it differs from an ordinary one.
MESSAGES: dict[str, Json] = {
    "text": say("Hello Ann"),
    "text_in_many_scripts": say("שלום 👩‍👩‍👧 — مرحبا — 你好 — Grüße"),
    "markdown": say(
        "# Opening hours\n**Hello _Ann_**, see [our help](https://example.com/faq?a=1&b=2).\n* Mon `9-12`\n* Tue",
        textType="MARKDOWN",
    ),
    "quick_replies": say("Shall we call you?", quickReplies=QUICK_REPLIES),
    "of_bot": say("I am a bot", senderPerson=BOT),
    "in_reply": say("Yes, that one", replyToMessageId="mGesYagET_2GipaDG0001"),
    "file": file("Plan März.pdf", "application/pdf", caption="Your **plan**", captionType="MARKDOWN"),
    "file_scanning": file("photo.png", "image/png", "SCANNING"),
    "file_rejected": file("virus.exe", "application/octet-stream", "REJECTED"),
    "card": {
        "$_type": "CardMessageData",
        "type": "CARD",
        "imageUrl": "https://images.example/house.png",
        "title": "Mortgage",
        "body": "From **1.2 %**",
        "bodyTextType": "MARKDOWN",
        "actions": [
            action("LINK_EXTERNAL", "Read more", "https://example.com/mortgage"),
            action("REPLY_MESSAGE", "Call me", "Please call me"),
            action("REPLY_MESSAGE_WITH_TECHNICAL_VALUE", "I take it", "offer-17"),
        ],
    },
    "list": {
        "$_type": "ListMessageData",
        "type": "LIST",
        "header": {"$_type": "MessageHeader", "title": "Branches", "body": "Near you", "bodyTextType": "SIMPLE_TEXT"},
        "items": [
            {
                "$_type": "ListMessageCardItem",
                "title": "Bern",
                "imageUrl": f"{TENANT}/app/images/bern.png",
                "action": action("LINK_EXTERNAL", "Map", "https://example.com/bern"),
            },
            {"$_type": "ListMessageCardItem", "title": "Basel", "body": "Until 18:00"},
        ],
        "actions": [action("REPLY_MESSAGE", "Others", "Show me others")],
    },
    "multichoice": MULTICHOICE,
    "multichoice_answered": {**MULTICHOICE, "answerStatus": "ANSWERED"},
    "approval": ask(
        "APPROVAL_REQUEST",
        "ApprovalRequestMessageData",
        text="Do you agree?",
        options=[option("I agree", "yes"), option("I do not", "no")],
    ),
    "rating": ask(
        "RATING_QUESTION",
        "RatingQuestionMessageData",
        text="How was it?",
        options=[option("★", "1", "RatingQuestionOption"), option("★★", "2", "RatingQuestionOption")],
        declinable=True,
        declineLabel="Not now",
        declineValue="declined",
    ),
    "text_question": ask(
        "TEXT_QUESTION", "TextQuestionMessageData", text="Your customer number?", hint="Eight digits", declinable=False
    ),
    "unknown_type": {
        "$_type": "WhatsAppTemplateMessageData",
        "type": "WHATSAPP_TEMPLATE",
        "fallbackText": "Your appointment is at 10:00",
    },
    "unknown_type_without_words": {"$_type": "HologramMessageData", "type": "HOLOGRAM", "fallbackText": None},
    "internal": say("Ann is difficult", internal=True),
    "system": {"$_type": "SystemMessageData", "type": "SYSTEM", "text": "Carla Rossi has joined"},
    "question_aborted": {
        "$_type": "QuestionAbortedMessageData",
        "type": "QUESTION_ABORTED",
        "questionMessageId": "mGesYagET_2GipaDG0011",
        "reason": "TIMEDOUT",
    },
    "recording": {"$_type": "RecordingAvailableMessageData", "type": "RECORDING_AVAILABLE", "fileName": "call.mp4"},
    "of_customer": say("Hello", senderPerson=VISITOR),
    "of_our_own": say("Hello", sourceId=OWN_MESSAGE),
    "empty": say(""),
    "in_reply_to_customer": say(
        "Yes, both", replyToMessageId="mGesYagET_2GipaDG0002", replyToExternalMessageId=OWN_MESSAGE
    ),
}

#: Those that are sent in the older generation too.
OLDER = ("text", "markdown", "file", "multichoice", "internal")


class Samples:
    def __init__(self) -> None:
        self.webhooks: dict[str, SampleWebhook] = {}

    def add(
        self,
        situation: str,
        kind: Json,
        body: Json,
        *,
        signed: tuple[str, ...] = ("sha1", "sha256"),
        in_base64: bool = False,
    ) -> None:
        """Each a second after the one before."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        names = {"sha1": "x-unblu-signature", "sha256": "x-unblu-signature-256"}
        number = len(self.webhooks)
        self.webhooks[situation] = SampleWebhook(
            body=raw,
            at=START + 1000 * number,
            headers={
                "content-type": "application/json; charset=UTF-8",
                "user-agent": "Unblu-Hookshot",
                "accept-encoding": "gzip",
                "x-unblu-delivery": f"delivery-{number:04d}",
                "x-unblu-retry-no": "0",
                **kind,
                **{names[each]: hmac.new(SECRET.encode(), raw, each).hexdigest() for each in signed},
            },
            in_base64=in_base64,
        )

    def request(self, situation: str, service: str, model: str, **fields: Any) -> None:
        """An outbound request of API v4."""
        name = service if service == "outbound.ping" else f"outbound.external_messenger.{service}"
        options = {option: fields.pop(option) for option in ("signed", "in_base64") if option in fields}
        headers = {"x-unblu-service-name": name, "x-unblu-invocation-id": situation, "x-unblu-version": "v4"}
        body = {"$_type": model, "accountId": ACCOUNT, "serviceName": name, **fields}
        self.add(situation, headers, body, **options)

    def event(self, situation: str, event: str, model: str, **fields: Any) -> None:
        """An event of API v3, or of a webhook registration."""
        options = {option: fields.pop(option) for option in ("signed", "in_base64") if option in fields}
        headers = {"x-unblu-event": event, "x-unblu-event-id": f"event-{situation}"}
        time = START + 1000 * len(self.webhooks)
        body = {"$_type": model, "timestamp": time, "eventType": event, "accountId": ACCOUNT, **fields}
        self.add(situation, headers, body, **options)


def make_message(name: str) -> Json:
    number = list(MESSAGES).index(name)
    uid = f"mGesYagET_2GipaDG{number:04d}"
    return {
        "id": uid,
        "conversationId": CONVERSATION,
        "externalMessengerChannelId": CHANNEL,
        "accountId": ACCOUNT,
        "senderPerson": AGENT,
        "senderPersonPresenceId": "pp1",
        "serverTimestamp": START + 1000 * number + 500,
        "sendTimestamp": START + 1000 * number + 100,
        "recipientPersonIds": None,
        "fallbackText": MESSAGES[name].get("text") or "",
        "actionId": uid,
        "sourceId": None,
        "botThreadId": None,
        "internal": False,
        "replyToMessageId": None,
        "externalMessageId": None,
        "replyToExternalMessageId": None,
        **MESSAGES[name],
    }


def make_older_message(name: str) -> Json:
    """API v3 has one link for each way to a file, and ids of actions."""
    message = {**make_message(name), "actionId": "act-0001"}
    links = {link["type"]: link["url"].replace("/v4/", "/v3/") for link in message.pop("downloadLinks", [])}
    message = {key: value for key, value in message.items() if "xternalMessageId" not in key}
    if links:
        message |= {"downloadLink": links["WEB_API"], "agentDeskDownloadLink": links["AGENT_DESK"]}
    return message


def add_messages(samples: Samples) -> None:
    model = "ExternalMessengerNewMessageRequest"
    for name in MESSAGES:
        message = make_message(name)
        samples.request(f"message_{name}", "new_message", model, conversationMessage=message, receivingContacts=[ANN])
    text: Json = {"conversationMessage": make_message("text"), "receivingContacts": [ANN]}
    many: Json = {"conversationMessage": make_message("text_in_many_scripts"), "receivingContacts": [ANN]}
    samples.request("message_base64", "new_message", model, **many, in_base64=True)
    samples.request("message_signed_with_sha1", "new_message", model, **text, signed=("sha1",))
    samples.request("message_signed_with_sha256", "new_message", model, **text, signed=("sha256",))
    samples.request("message_for_two", "new_message", model, **{**text, "receivingContacts": [ANN, BOB]})
    samples.request("message_for_nobody", "new_message", model, **{**text, "receivingContacts": []})
    for name in OLDER:
        older = make_older_message(name)
        event = "external_messenger.new_message"
        samples.event(f"v3_message_{name}", event, "ExternalMessengerNewMessageEvent", conversationMessage=older)


def add_states(samples: Samples) -> None:
    body = {
        "messageId": "mGesYagET_2GipaDG9999",
        "sourceId": OWN_MESSAGE,
        "externalMessengerChannelId": CHANNEL,
        "conversationId": CONVERSATION,
    }
    for state in ("DELIVERED", "READ", "ADMIRED"):
        name, model = f"state_{state.lower()}", "ExternalMessengerMessageStateRequest"
        samples.request(name, "message_state", model, **body, state=state)
    foreign = {**body, "sourceId": "somebody-elses", "state": "READ"}
    samples.request("state_of_another_message", "message_state", "ExternalMessengerMessageStateRequest", **foreign)
    for state in ("DELIVERED", "READ"):
        event, model = "external_messenger.message_state", "ExternalMessengerMessageStateEvent"
        samples.event(f"v3_state_{state.lower()}", event, model, **body, state=state)


def add_conversations(samples: Samples) -> None:
    conversation: Json = {
        "$_type": "ConversationData",
        "id": CONVERSATION,
        "accountId": ACCOUNT,
        "state": "ENDED",
        "externalMessengerChannelId": CHANNEL,
        "sourceId": ANN["sourceId"],
        "endReason": "ENDED_BY_PARTICIPANT",
    }
    elsewhere = {**conversation, "id": "BdwjEc321D6CpGe7f_80pbo", "externalMessengerChannelId": None, "sourceId": None}
    model = "ConversationEndedEvent"
    samples.event("conversation_ended", "conversation.ended", model, conversation=conversation)
    samples.event("conversation_ended_elsewhere", "conversation.ended", model, conversation=elsewhere)
    samples.event("unknown_event", "conversation.created", "ConversationCreatedEvent", conversation=conversation)


def add_requests(samples: Samples) -> None:
    samples.request("ping", "outbound.ping", "PingRequest", pingId="ping-1")
    samples.event("ping_of_registration", "ping", "WebhookPingEvent", webhookConfiguration={"name": "Patchbay"})
    contact: Json = {"externalMessengerChannelId": CHANNEL, "personData": {**VISITOR, "id": "p9"}, "description": None}
    for name, number in {"create_contact": "+49 1511 2345678", "create_contact_unreadable": "Ann"}.items():
        model = "ExternalMessengerCreateContactRequest"
        samples.request(name, "create_contact", model, **contact, contactIdentifier=number)
    creation: Json = {
        "$_type": "ConversationCreationData",
        "initialEngagementType": "CHAT_REQUEST",
        "externalMessengerChannelId": CHANNEL,
        "sourceId": None,
        "participants": [],
        "externalParticipants": [
            {
                "$_type": "ConversationCreationExternalParticipantData",
                "externalMessengerContactId": ANN["id"],
                "participationType": "CONTEXT_PERSON",
            }
        ],
    }
    model = "ExternalMessengerCreateConversationRequest"
    samples.request("create_conversation", "create_conversation", model, creationData=creation)


def make_samples() -> Samples:
    samples = Samples()
    add_messages(samples)
    add_states(samples)
    add_conversations(samples)
    add_requests(samples)
    return samples


def main() -> None:
    endpoint = Endpoint(
        id="sample-unblu",
        service="unblu",
        settings={"base_url": TENANT, "outbound_to": "sms:shop"},
        secrets=Secrets(values={"webhook_secret": SECRET}),
    )
    write_samples(endpoint, make_samples().webhooks)


if __name__ == "__main__":
    main()
