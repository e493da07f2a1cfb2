"""What messengers with templates can do: messages that are approved beforehand, for customers who wrote long ago."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.kit.contract import Http

if TYPE_CHECKING:
    from patchbay.domain.templates import FilledTemplate, Template


class SendsTemplates(ABC):
    @abstractmethod
    def list_templates(self, connection: Connection, http: Http) -> Sequence[Template]:
        """All templates of the account, whatever their status. The core keeps the answer for a while."""

    @abstractmethod
    def send_template(
        self, filled: FilledTemplate, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        """Sends `filled`. It replaces `deliver` for this part: everything that is true of that is true of this.

        Raises Rejected, in words for the agent, for a template that may not be sent any more.
        """


class ManagesTemplates(ABC):
    """For messengers whose templates are made by their API. Each method raises Rejected in words for the owner."""

    @abstractmethod
    def create_template(self, template: Template, connection: Connection, http: Http) -> Template:
        """Hands in a new template for review. The answer has the id and the status that it has now."""

    @abstractmethod
    def edit_template(self, template: Template, connection: Connection, http: Http) -> Template:
        """Hands in other words for the template with this `id`."""

    @abstractmethod
    def delete_template(self, template: Template, connection: Connection, http: Http) -> None:
        """Deletes the template in this language. One that does not exist is no error."""
