"""What differs between Freshchat accounts, or happens only now and then: each can be switched on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Quirks:
    resolved_refuses: bool = True  #: a customer's post to a resolved conversation: refused, or opens it again
    oldest_first: bool = False  #: the order of a user's conversations
    answers_202: bool = False  #: POST messages answers before the message has an id
    nested_uploads: bool = False  #: the answer to an upload is below `file`
    image_field: str = "image"  #: the field's name in an upload of an image
    known_properties: frozenset[str] | None = None  #: None: any property may be set
    mute_actors: frozenset[str] = frozenset()  #: actor types that the plan does not let write by API
    racing_users: int = 0  #: so many POST /users lose against another request
    unreadable_images: int = 0  #: so many image parts cannot be fetched
    echo_first: bool = False  #: the webhook about a message made through the API comes before the API answers
    omit_message_type: bool = False
    omit_user_id: bool = False
    bare_ids: bool = False  #: conversation ids without dashes
    late_files: float = 0.0  #: seconds during which an agent's file has no address
    app_first: bool = False  #: the app hears of what happens before the account's webhook is sent
    app_delay: float = 0.0  #: seconds until the app is called
    app_called_twice: bool = False  #: for each product event
    created_with_messages: bool = False  #: the event about a new conversation comes with its first message, and has it

    def take_race(self) -> bool:
        racing, self.racing_users = self.racing_users > 0, max(0, self.racing_users - 1)
        return racing

    def take_unreadable_image(self) -> bool:
        unreadable, self.unreadable_images = self.unreadable_images > 0, max(0, self.unreadable_images - 1)
        return unreadable
