"""What the staff does: in conversations, and with apps and clients."""

from __future__ import annotations

from playground.services.vcita.actions import Actions
from playground.services.vcita.records import ChannelStatus, Client, Json, Session
from playground.services.vcita.state import State

EMAIL = "email"  #: the channel that every conversation has and no app carries


class Desk(State):
    """A conversation is the thread with one client, and has the client's uid.

    Businesses are given by uid or name. Raises KeyError for unknown ids, ValueError for what vcita does not allow.
    """

    actions: Actions

    # --- in a conversation -------------------------------------------------------------------------------------------

    def reply(self, conversation: str, staff: str, text: str) -> str:
        """The new message's id. Raises ValueError while no channel of the conversation is active."""
        return self._write(conversation, staff, text)

    def reply_html(self, conversation: str, staff: str, text: str) -> str:
        """A formatted message: its text is HTML."""
        return self._write(conversation, staff, text, html=True)

    def send_file(
        self, conversation: str, staff: str, name: str, content_type: str, data: bytes, caption: str = ""
    ) -> str:
        url = self.store_file(name, content_type, data)
        file = {"url": url, "name": name, "type": content_type, "size": len(data)}
        return self._write(conversation, staff, caption, file=file)

    def _write(self, conversation: str, staff: str, text: str, *, html: bool = False, file: Json | None = None) -> str:
        with self.lock:
            client = self.find_client(conversation)
            author, session = self.find_staff(client.business, staff), self._writable(client)
            line = self.actions.add_written(session, author, text, html=html, attachments=[file] if file else [])
            return line.message_uid

    def _writable(self, client: Client) -> Session:
        session = self.active_session(client)
        if session is None:
            raise ValueError("no channel of this conversation is active: choose one first")
        return session

    def staff_typing(self, conversation: str, on: bool) -> None:
        with self.lock:
            session = self.active_session(self.find_client(conversation))
            if session is not None:
                self.actions.show_typing(session, on)

    def open_conversation(self, conversation: str) -> None:
        with self.lock:
            self.actions.read(self.find_client(conversation))

    def switch_channel(self, conversation: str, channel: str) -> None:
        """From now on the staff writes through `channel` (its uid, or "email"); the other sessions become inactive."""
        with self.lock:
            sessions = [one for one in self.sessions_of(self.find_client(conversation)) if not one.is_gone]
            if channel != EMAIL and not any(one.channel.uid == channel for one in sessions):
                raise KeyError(channel)
            for session in sessions:
                if session.channel.uid == channel and session.status != "active":
                    self.actions.change_session(session, "active")
                elif session.channel.uid != channel and session.status == "active":
                    self.actions.change_session(session, "inactive")

    def deactivate_session(self, conversation: str) -> None:
        self.switch_channel(conversation, EMAIL)

    # --- with apps and clients ---------------------------------------------------------------------------------------

    def uninstall(self, business: str, app: str = "") -> None:
        with self.lock:
            found = self.find_business(business)
            self.actions.uninstall(self.find_app(app, found), found)

    def revoke_token(self, business: str, app: str = "") -> None:
        """Every token of the business for the app ends, without a webhook."""
        with self.lock:
            found = self.find_business(business)
            self.actions.revoke_tokens(found, self.find_app(app, found))

    def block_channel(self, business: str, status: ChannelStatus = "blocked") -> None:
        with self.lock:
            found = self.find_business(business)
            for channel in self.channels:
                if channel.business is found and channel.status != "deleted":
                    self.actions.change_channel(channel, status)

    def add_client(self, business: str, first_name: str, phone: str = "", email: str = "") -> str:
        """The new client's uid."""
        with self.lock:
            profile = {"first_name": first_name, "phone": phone, "email": email}
            return self.actions.create_client(self.find_business(business), profile).uid

    def merge_clients(self, loser: str, winner: str) -> None:
        with self.lock:
            one, other = self.find_client(loser), self.find_client(winner)
            if one is other or one.business is not other.business:
                raise ValueError("only two clients of one business can be merged")
            self.actions.merge(one, other)
