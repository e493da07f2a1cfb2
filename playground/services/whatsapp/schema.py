"""What the body of a message may hold: the types and fields that the simulator knows, and no others.

A kind is a name of a type below, or one of `str num bool any`. `[kind]` is a list, and `kind!` must be there.
https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api
"""

from __future__ import annotations

from collections.abc import Mapping

Fields = Mapping[str, str]

_MEDIUM: Fields = {"id": "str", "link": "str"}

TYPES: Mapping[str, Fields] = {
    "Message": {
        "messaging_product": "str!",
        "recipient_type": "str",
        "to": "str",
        "recipient": "str",
        "type": "str",
        "context": "Context",
        "biz_opaque_callback_data": "str",
        "recipient_identity_key_hash": "str",
        "category": "str",
        "ttl": "num",
        "text": "Text",
        "image": "Captioned",
        "video": "Captioned",
        "audio": "Audio",
        "document": "Document",
        "sticker": "Medium",
        "location": "Location",
        "contacts": "[Contact]",
        "reaction": "Reaction",
        "interactive": "Interactive",
        "template": "Template",
    },
    "Read": {
        "messaging_product": "str!",
        "status": "str!",
        "message_id": "str!",
        "typing_indicator": "TypingIndicator",
    },
    "TypingIndicator": {"type": "str!"},
    "Context": {"message_id": "str!"},
    "Text": {"body": "str!", "preview_url": "bool"},
    "Medium": _MEDIUM,
    "Captioned": {**_MEDIUM, "caption": "str"},
    "Audio": {**_MEDIUM, "voice": "bool"},
    "Document": {**_MEDIUM, "caption": "str", "filename": "str"},
    "Location": {"latitude": "num!", "longitude": "num!", "name": "str", "address": "str"},
    "Reaction": {"message_id": "str!", "emoji": "str!"},
    "Contact": {
        "name": "ContactName!",
        "phones": "[ContactPhone]",
        "emails": "[ContactEmail]",
        "urls": "[ContactUrl]",
        "addresses": "[ContactAddress]",
        "org": "ContactOrg",
        "birthday": "str",
    },
    "ContactName": {
        "formatted_name": "str!",
        "first_name": "str",
        "last_name": "str",
        "middle_name": "str",
        "suffix": "str",
        "prefix": "str",
    },
    "ContactPhone": {"phone": "str", "wa_id": "str", "type": "str"},
    "ContactEmail": {"email": "str", "type": "str"},
    "ContactUrl": {"url": "str", "type": "str"},
    "ContactAddress": {
        "street": "str",
        "city": "str",
        "state": "str",
        "zip": "str",
        "country": "str",
        "country_code": "str",
        "type": "str",
    },
    "ContactOrg": {"company": "str", "department": "str", "title": "str"},
    "Interactive": {
        "type": "str!",
        "header": "Header",
        "body": "Words",
        "footer": "Words",
        "action": "Action!",
    },
    "Header": {"type": "str!", "text": "str", "image": "Medium", "video": "Medium", "document": "Document"},
    "Words": {"text": "str!"},
    "Action": {
        "name": "str",
        "button": "str",
        "buttons": "[ReplyButton]",
        "sections": "[Section]",
        "parameters": "LinkParameters",
    },
    "ReplyButton": {"type": "str!", "reply": "Reply!"},
    "Reply": {"id": "str!", "title": "str!"},
    "Section": {"title": "str", "rows": "[Row]!"},
    "Row": {"id": "str!", "title": "str!", "description": "str"},
    "LinkParameters": {"display_text": "str!", "url": "str!"},
    "Template": {"name": "str!", "language": "Language!", "components": "[TemplateComponent]"},
    "Language": {"code": "str!", "policy": "str"},
    "TemplateComponent": {
        "type": "str!",
        "sub_type": "str",
        "index": "index",
        "parameters": "[TemplateParameter]",
    },
    "TemplateParameter": {
        "type": "str!",
        "parameter_name": "str",
        "text": "str",
        "payload": "str",
        "coupon_code": "str",
        "image": "Medium",
        "video": "Medium",
        "document": "Document",
        "location": "TemplateLocation",
        "currency": "Currency",
        "date_time": "DateTime",
    },
    "TemplateLocation": {"latitude": "place!", "longitude": "place!", "name": "str", "address": "str"},
    "Currency": {"fallback_value": "str!", "code": "str!", "amount_1000": "num!"},
    "DateTime": {"fallback_value": "str!"},
}

_MESSAGE_TYPES = "text image video audio document sticker location contacts reaction interactive template"
#: The types of messages, which are the names of their fields as well.
MESSAGE_TYPES = frozenset(_MESSAGE_TYPES.split())
