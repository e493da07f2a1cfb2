"""What is in WhatsApp's sample webhooks: people, messages by type, statuses, and news of the account."""

from __future__ import annotations

START = 1788600000
WABA, OTHER_WABA = "102290129340398", "102290129340399"
NUMBER, SECOND_NUMBER, STRANGER = "106540352242922", "106540352242923", "106540352242924"
USER = "SE.13491208655302741918"

Json = dict[str, object]

METADATA: Json = {"display_phone_number": "15550783881", "phone_number_id": NUMBER}
PERSON: Json = {"profile": {"name": "Åsa Berg"}, "wa_id": "46701234567", "user_id": USER}
HIDDEN: Json = {"profile": {"name": "Åsa Berg", "username": "@asa.b"}, "user_id": USER}
OURS: Json = {"from": "15550783881", "id": "wamid.OURS=="}


def make_file(number: int, content_type: str, **more: object) -> Json:
    digest = "IWFGvYJuOsWnsYjq3y0K9Nz9RSvKaXfC0MrWPPrTNc8="
    return {"mime_type": content_type, "sha256": digest, "id": f"100338342138{number:04}", **more}


def choose(kind: str, **reply: object) -> Json:
    return {"interactive": {"type": kind, kind: reply}, "context": OURS}


#: The type of each message, and its fields.
MESSAGES: dict[str, tuple[str, Json]] = {
    "text": ("text", {"text": {"body": "Hello, is anybody there?"}}),
    "text_in_many_scripts": ("text", {"text": {"body": "שלום 👩‍👩‍👧 — مرحبا — 你好"}}),
    "text_with_signs": ("text", {"text": {"body": "*really* / 2*3*4"}}),
    "photo": ("image", {"image": make_file(1, "image/jpeg", caption="my car")}),
    "video": ("video", {"video": make_file(2, "video/mp4")}),
    "audio": ("audio", {"audio": make_file(3, "audio/mpeg", voice=False)}),
    "voice": ("audio", {"audio": make_file(4, "audio/ogg; codecs=opus", voice=True)}),
    "document": ("document", {"document": make_file(5, "application/pdf", filename="Rechnung März.pdf")}),
    "sticker": ("sticker", {"sticker": make_file(6, "image/webp", animated=False)}),
    "sticker_that_moves": ("sticker", {"sticker": make_file(7, "image/webp", animated=True)}),
    "location": ("location", {"location": {"latitude": 59.3293, "longitude": 18.0686}}),
    "place": (
        "location",
        {"location": {"latitude": 47.3769, "longitude": 8.5417, "name": "Main station", "address": "Bahnhofplatz 1"}},
    ),
    "contact": (
        "contacts",
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Bo Ek", "first_name": "Bo", "last_name": "Ek"},
                    "phones": [{"phone": "+46 70 765 43 21", "wa_id": "46707654321", "type": "CELL"}],
                    "emails": [{"email": "bo@example.com", "type": "WORK"}],
                    "org": {"company": "Corner shop"},
                }
            ]
        },
    ),
    "contact_own": (
        "contacts",
        {
            "contacts": [
                {
                    "name": {"formatted_name": "Åsa Berg", "first_name": "Åsa"},
                    "phones": [{"phone": "+46 70 123 45 67", "wa_id": "46701234567"}],
                    "origin": "contact_request",
                }
            ]
        },
    ),
    "button": ("interactive", choose("button_reply", id="desk-1 slot-1030", title="10:30")),
    "list": ("interactive", choose("list_reply", id="desk-1 cut", title="Cut", description="45 min")),
    "form": (
        "interactive",
        choose("nfm_reply", name="flow", body="Sent", response_json='{"day":"Monday","guests":2,"flow_token":"x"}'),
    ),
    "template_button": ("button", {"button": {"payload": "YES", "text": "Yes, please"}, "context": OURS}),
    "order": (
        "order",
        {
            "order": {
                "catalog_id": "194836987003835",
                "text": "as last week",
                "product_items": [
                    {"product_retailer_id": "bread-1", "quantity": 2, "item_price": 3.5, "currency": "SEK"}
                ],
            }
        },
    ),
    "in_reply": ("text", {"text": {"body": "That one, please"}, "context": OURS}),
    "about_a_product": (
        "text",
        {
            "text": {"body": "Is it fresh?"},
            "context": {**OURS, "referred_product": {"catalog_id": "1", "product_retailer_id": "bread-1"}},
        },
    ),
    "from_an_ad": (
        "text",
        {
            "text": {"body": "I saw your offer"},
            "referral": {
                "source_url": "https://fb.me/2ZulEu42P",
                "source_id": "120210000000000001",
                "source_type": "ad",
                "headline": "Bread of the week",
                "body": "Baked this morning",
                "media_type": "image",
                "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e_mIEOOj27vDVwFjN80",
            },
        },
    ),
    "forwarded": ("text", {"text": {"body": "look at this"}, "context": {"forwarded": True}}),
    "reaction": ("reaction", {"reaction": {"message_id": "wamid.OURS==", "emoji": "👍"}}),
    "reaction_removed": ("reaction", {"reaction": {"message_id": "wamid.OURS==", "emoji": ""}}),
    "edited": (
        "edit",
        {"edit": {"original_message_id": "wamid.FIRST==", "message": {"type": "text", "text": {"body": "at 11"}}}},
    ),
    "deleted": ("revoke", {"revoke": {"original_message_id": "wamid.FIRST=="}}),
    "poll": (
        "unsupported",
        {
            "unsupported": {"type": "poll"},
            "errors": [{"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}],
        },
    ),
    "file_too_large": (
        "unsupported",
        {"errors": [{"code": 131052, "title": "Media download error", "message": "Media download error"}]},
    ),
    "of_unknown_type": ("hologram", {"hologram": {"id": "Ho"}}),
    "number_changed": (
        "system",
        {
            "system": {
                "type": "user_changed_number",
                "body": "Åsa changed from 46701234567 to 46709999999",
                "wa_id": "46709999999",
                "user_id": "SE.99991208655302741918",
            }
        },
    ),
    "user_id_changed": (
        "system",
        {"system": {"type": "user_changed_user_id", "body": "changed", "user_id": "SE.99991208655302741918"}},
    ),
    "identity_changed": ("system", {"system": {"type": "customer_identity_changed", "body": "changed"}}),
    "greeting": ("request_welcome", {}),
    "in_a_group": ("text", {"text": {"body": "are you open?"}, "group_id": "HgLNDE3OTEyMzQ1NjcVAgASGBQzQTAx"}),
}

STATUSES: dict[str, Json] = {
    "sent": {
        "status": "sent",
        "pricing": {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
        },
    },
    "delivered": {"status": "delivered", "biz_opaque_callback_data": "message-0:0"},
    "read": {"status": "read"},
    "played": {"status": "played"},
    "charged": {
        "status": "delivered",
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    },
    "failed": {
        "status": "failed",
        "errors": [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Undeliverable."}}],
    },
    "failed_late": {"status": "failed", "errors": [{"code": 131047, "title": "Re-engagement message"}]},
    "failed_unknown": {"status": "failed", "errors": [{"code": 131999, "title": "Something new"}]},
    "unknown": {"status": "warning"},
    "in_a_group": {"status": "read", "recipient_type": "group", "recipient_id": "HgLNDE3OTEyMzQ1NjcVAgASGBQzQTAx"},
}

TEMPLATE: Json = {
    "message_template_id": 1689556908129832,
    "message_template_name": "visit_reminder",
    "message_template_language": "de",
}
PAUSE: Json = {"title": "FIRST_PAUSE", "description": "Paused for 3 hours"}
REJECTION: Json = {"reason": "Parameters stand next to each other", "recommendation": "Put words between them"}

#: The field of each of Meta's other webhooks, and its value.
NEWS: dict[str, tuple[str, Json]] = {
    "template_approved": (
        "message_template_status_update",
        {"event": "APPROVED", **TEMPLATE, "reason": None, "message_template_category": "UTILITY"},
    ),
    "template_paused": (
        "message_template_status_update",
        {"event": "PAUSED", **TEMPLATE, "reason": "NONE", "other_info": PAUSE},
    ),
    "template_rejected": (
        "message_template_status_update",
        {"event": "REJECTED", **TEMPLATE, "reason": "INVALID_FORMAT", "rejection_info": REJECTION},
    ),
    "template_quality": (
        "message_template_quality_update",
        {**TEMPLATE, "previous_quality_score": "GREEN", "new_quality_score": "RED"},
    ),
    "template_category_coming": (
        "template_category_update",
        {**TEMPLATE, "correct_category": "MARKETING", "new_category": "UTILITY", "category_update_timestamp": START},
    ),
    "template_category_changed": (
        "template_category_update",
        {**TEMPLATE, "previous_category": "UTILITY", "new_category": "MARKETING"},
    ),
    "number_flagged": (
        "phone_number_quality_update",
        {"display_phone_number": "15550783881", "event": "FLAGGED", "current_limit": "TIER_1K"},
    ),
    "account_violation": ("account_update", {"phone_number": "15550783881", "event": "ACCOUNT_VIOLATION"}),
    "account_joined": ("account_update", {"phone_number": "15550783881", "event": "PARTNER_ADDED"}),
    "alert": ("account_alerts", {"alert_type": "PAYMENT_ISSUE", "alert_severity": "CRITICAL"}),
    "unknown_field": ("hologram_updates", {"hologram": {"id": "Ho"}}),
}

PREFERENCE: Json = {"wa_id": "46701234567", "user_id": USER, "category": "marketing_messages", "timestamp": START}
MOVED: Json = {
    "detail": "The user changed the phone number",
    "user_id": {"previous": USER, "current": "SE.99991208655302741918"},
    "timestamp": str(START),
}
ECHO: Json = {"from": "15550783881", "to": "46701234567", "id": "wamid.ECHO==", "timestamp": str(START)}
