"""What AWS End User Messaging Social answers, as far as it is read.

Documentation: https://docs.aws.amazon.com/social-messaging/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from patchbay.kit.schemas import Items, Wire


class Answer(Wire):
    """AWS writes names likeThis."""

    model_config = ConfigDict(alias_generator=to_camel)


class Refused(Wire):
    """Of any call that is refused."""

    message: str = ""


class Sent(Answer):
    message_id: str = ""


class Stored(Answer):
    media_id: str


class Created(Answer):
    meta_template_id: str = ""
    template_status: str = ""
    category: str = ""


class Summary(Answer):
    template_name: str = ""
    meta_template_id: str = ""
    template_status: str = ""
    template_quality_score: str = ""
    template_language: str = ""
    template_category: str = ""


class Summaries(Answer):
    templates: Items[Summary] = ()
    next_token: str = ""


class Described(Answer):
    template: str = ""


class Number(Answer):
    arn: str = ""
    phone_number_id: str = ""
    meta_phone_number_id: str = ""
    display_phone_number_name: str = ""
    display_phone_number: str = ""
    quality_rating: str = ""


class NumberDetails(Answer):
    phone_number: Number = Number()
    linked_whats_app_business_account_id: str = ""


class Destination(Answer):
    event_destination_arn: str = ""


class Waba(Answer):
    arn: str = ""
    id: str = ""
    waba_id: str = ""
    waba_name: str = ""
    registration_status: str = ""
    direct_send_enforcement_status: str = ""
    event_destinations: Items[Destination] = ()


class WabaDetails(Answer):
    account: Waba = Waba()
