"""What Meta answers about a number, its business account, the apps that hear of it, and a token."""

from __future__ import annotations

from patchbay.kit.schemas import Id, Items, Wire


class Ill(Wire):
    error_code: int = 0
    error_description: str = ""
    possible_solution: str = ""


class Entity(Wire):
    """A part of the whole that may keep messages back: the number, a template, the account, the business, the app."""

    entity_type: str = ""
    can_send_message: str = ""
    errors: Items[Ill] = ()


class Health(Wire):
    can_send_message: str = ""
    entities: Items[Entity] = ()


class Number(Wire):
    id: Id = ""
    display_phone_number: str = ""
    verified_name: str = ""
    quality_rating: str = ""
    status: str = ""
    health_status: Health = Health()


class BusinessAccount(Wire):
    name: str = ""
    whatsapp_business_manager_messaging_limit: str = ""


class AppFacts(Wire):
    id: Id = ""
    name: str = ""


class Subscription(Wire):
    """An app that gets the account's webhooks, and where, if not where all of its webhooks go."""

    whatsapp_business_api_data: AppFacts = AppFacts()
    override_callback_uri: str = ""


class Subscriptions(Wire):
    data: Items[Subscription] = ()


class TokenFacts(Wire):
    app_id: Id = ""
    expires_at: int = 0
    data_access_expires_at: int = 0


class TokenAnswer(Wire):
    data: TokenFacts = TokenFacts()


class Field(Wire):
    name: str = ""


class AppWebhook(Wire):
    object: str = ""
    callback_url: str = ""
    fields: Items[Field] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields)


class AppWebhooks(Wire):
    data: Items[AppWebhook] = ()
