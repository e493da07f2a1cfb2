"""Groups that people make, with the bot among them: topics, and a group that becomes a supergroup."""

from __future__ import annotations

from playground.services.telegram.changes import Changes
from playground.services.telegram.records import Chat, Person, Topic
from playground.services.telegram.serializers import show_bot, show_person

_BLUE = 0x6FB9F0  #: of a topic's icon


class Groups(Changes):
    def new_group(self, title: str, *people: Person, supergroup: bool = False, forum: bool = False) -> Chat:
        """The first of `people` makes it and adds the bot. A forum is a supergroup."""
        with self.lock:
            is_large = supergroup or forum
            chat = Chat(
                id=self.make_supergroup_id() if is_large else self.make_group_id(),
                type="supergroup" if is_large else "group",
                bot=self.bot,
                title=title,
                members=list(people),
                is_forum=forum,
                bot_status="left",
            )
            self.chats[chat.id] = chat
            self.add_bot_to(chat, people[0])
            return chat

    def join(self, chat: Chat, person: Person) -> None:
        """Somebody else is in the group from now on."""
        with self.lock:
            if person not in chat.members:
                chat.members.append(person)
                self.actions.add_service_message(chat, person, {"new_chat_members": [show_person(person)]})

    def add_bot_to(self, chat: Chat, person: Person) -> None:
        with self.lock:
            self.actions.change_bot_status(chat, person, "member")
            self.actions.add_service_message(chat, person, {"new_chat_members": [show_bot(chat.bot)]})

    def remove_bot(self, chat: Chat, person: Person) -> None:
        with self.lock:
            self.actions.change_bot_status(chat, person, "kicked")

    def promote_bot(self, chat: Chat, person: Person) -> None:
        """Makes the bot an administrator, who sees every message and reaction."""
        with self.lock:
            self.actions.change_bot_status(chat, person, "administrator")

    def new_topic(self, chat: Chat, person: Person, name: str) -> Topic:
        """Raises ValueError for a group that is no forum."""
        if not chat.is_forum:
            raise ValueError("only a forum has topics")
        with self.lock:
            created = {"name": name, "icon_color": _BLUE}
            message = self.actions.add_service_message(chat, person, {"forum_topic_created": created})
            message.thread = message.id
            topic = Topic(id=message.id, name=name)
            chat.topics.append(topic)
            return topic

    def migrate(self, chat: Chat, person: Person) -> Chat:
        """A group becomes a supergroup: it has a new id from now on, and the old one leads to it."""
        with self.lock:
            new = Chat(
                id=self.make_supergroup_id(),
                type="supergroup",
                bot=chat.bot,
                title=chat.title,
                members=chat.members,
                bot_status=chat.bot_status,
            )
            self.chats[new.id] = new
            self.actions.add_service_message(chat, person, {"migrate_to_chat_id": new.id})
            chat.migrated_to = new.id
            self.actions.add_service_message(new, person, {"migrate_from_chat_id": chat.id})
            return new
