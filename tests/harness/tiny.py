"""A messenger and a platform that are as small as can be, and join each other by themselves: a world for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from playground.simulator import Post, Simulator, Timeline, WebhookAnswer


def answer_all(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
    return WebhookAnswer(200)


class Tiny(Simulator):
    def __init__(self, timeline: Timeline, post: Post, random: Any) -> None:
        super().__init__(timeline, post, random)
        self.app.add_url_rule("/ping", view_func=lambda: Response("pong"))
        self.acts: list[tuple[str, dict[str, str]]] = []
        self.number = 0

    def bubble(self, author: str, name: str, text: str = "", **more: Any) -> dict[str, Any]:
        self.number += 1
        empty: dict[str, Any] = {"attachment": None, "buttons": [], "cards": [], "location": None, "error": ""}
        return {
            "id": f"{self.service}-{self.number}",
            "author": author,
            "name": name,
            "avatar": None,
            "at": self.timeline.now().isoformat(),
            "text": text,
            "status": "",
            **empty,
            **more,
        }

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        self.acts.append((action, dict(arguments)))
        try:
            perform = getattr(self, f"do_{action}")
        except AttributeError:
            raise KeyError(f"the action {action!r}") from None
        return perform(dict(arguments)) or {}

    def attachment(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        kind = arguments["content_type"].partition("/")[0]
        return {
            "kind": kind if kind in {"image", "video", "audio"} else "file",
            "url": f"data:{arguments['content_type']};base64,{arguments['data']}",
            "name": arguments["name"],
            "size": len(arguments["data"]) * 3 // 4,
        }


class Pigeon(Tiny):
    """The messenger."""

    service = "pigeon"
    desk: Counter

    def __init__(self, timeline: Timeline, post: Post, random: Any) -> None:
        super().__init__(timeline, post, random)
        self.people: dict[str, dict[str, Any]] = {}
        for name in ("Anna Berg", "David Cohen"):
            self.do_new_person({"name": name})

    def view(self) -> dict[str, object]:
        return {"service": "pigeon", "title": "Pigeon", "side": "messenger", "people": list(self.people.values())}

    def do_new_person(self, arguments: dict[str, str]) -> dict[str, object]:
        number = f"p{len(self.people) + 1}"
        person: dict[str, Any] = {
            "id": number,
            "name": arguments["name"],
            "avatar": None,
            "subscribed": True,
            "messages": [],
        }
        self.people[number] = person
        return {"id": number}

    def say(self, arguments: Mapping[str, str], text: str, **more: Any) -> None:
        person = self.people[arguments["person"]]
        person["messages"].append(self.bubble("customer", person["name"], text, status="sent", **more))
        self.record("webhook", "POST", "/pigeon/…", 200, 41.3, "message")
        self.desk.arrive(person, text, **more)
        self.desk.record("api", "POST", "/v2/conversations/1/messages", 200, 23.1, "text")

    def do_write(self, arguments: dict[str, str]) -> None:
        if len(arguments["text"]) > 7000:
            raise ValueError("Pigeon carries 7000 characters at most")
        self.say(arguments, arguments["text"])

    def do_send_file(self, arguments: dict[str, str]) -> None:
        self.say(arguments, arguments.get("caption", ""), attachment=self.attachment(arguments))

    def do_send_location(self, arguments: dict[str, str]) -> None:
        place = {"latitude": float(arguments["latitude"]), "longitude": float(arguments["longitude"])}
        self.say(arguments, "", location=place)

    def do_tap(self, arguments: dict[str, str]) -> None:
        messages = self.people[arguments["person"]]["messages"]
        message = next(one for one in messages if one["id"] == arguments["message"])
        holder = message["cards"][int(arguments["card"])] if "card" in arguments else message
        self.say(arguments, holder["buttons"][int(arguments["button"])]["label"])

    def do_read(self, arguments: dict[str, str]) -> None:
        for message in self.desk.of(arguments["person"])["messages"]:
            if message["author"] == "agent" and message["status"] != "failed":
                message["status"] = "read"

    def do_unsubscribe(self, arguments: dict[str, str]) -> None:
        self.people[arguments["person"]]["subscribed"] = False

    def do_subscribe(self, arguments: dict[str, str]) -> None:
        self.people[arguments["person"]]["subscribed"] = True


class Counter(Tiny):
    """The platform."""

    service = "counter"
    phones: Pigeon

    def __init__(self, timeline: Timeline, post: Post, random: Any) -> None:
        super().__init__(timeline, post, random)
        self.agents: Sequence[Mapping[str, object]] = [
            {"id": "a1", "name": "Mia Novak", "avatar": None},
            {"id": "a2", "name": "Tom Reyes", "avatar": None},
        ]
        self.conversations: dict[str, dict[str, Any]] = {}

    def view(self) -> dict[str, object]:
        conversations = list(self.conversations.values())
        title = "Counter"
        return {
            "service": "counter",
            "title": title,
            "side": "platform",
            "agents": self.agents,
            "conversations": conversations,
        }

    def of(self, person: str) -> dict[str, Any]:
        return self.conversations[f"c-{person}"]

    def arrive(self, person: Mapping[str, Any], text: str, **more: Any) -> None:
        conversation = self.conversations.setdefault(
            f"c-{person['id']}",
            {
                "id": f"c-{person['id']}",
                "contact": {"name": person["name"], "avatar": None},
                "status": "new",
                "assigned_to": None,
                "messages": [],
            },
        )
        conversation["messages"].append(self.bubble("customer", person["name"], text, **more))

    def answer(self, arguments: Mapping[str, str], text: str, **more: Any) -> None:
        conversation = self.conversations[arguments["conversation"]]
        agent = next(str(one["name"]) for one in self.agents if one["id"] == arguments["agent"])
        conversation["messages"].append(self.bubble("agent", agent, text, status="delivered", **more))
        person = self.phones.people[arguments["conversation"].removeprefix("c-")]
        person["messages"].append(self.phones.bubble("agent", agent, text, **more))
        self.record("webhook", "POST", "/counter/…", 200, 38.0, "message_create")
        self.phones.record("api", "POST", "/pa/send_message", 200, 17.4, "text")

    def do_reply(self, arguments: dict[str, str]) -> None:
        self.answer(arguments, arguments["text"])

    def do_send_file(self, arguments: dict[str, str]) -> None:
        self.answer(arguments, arguments.get("caption", ""), attachment=self.attachment(arguments))

    def do_quick_replies(self, arguments: dict[str, str]) -> None:
        labels = arguments["labels"].split("\n")
        self.answer(arguments, arguments["text"], buttons=[{"label": label, "url": None} for label in labels])

    def do_private_note(self, arguments: dict[str, str]) -> None:
        note = self.bubble("note", "Mia Novak", arguments["text"])
        self.conversations[arguments["conversation"]]["messages"].append(note)

    def do_resolve(self, arguments: dict[str, str]) -> None:
        self.conversations[arguments["conversation"]]["status"] = "resolved"

    def do_reopen(self, arguments: dict[str, str]) -> None:
        self.conversations[arguments["conversation"]]["status"] = "reopened"

    def do_assign(self, arguments: dict[str, str]) -> None:
        self.conversations[arguments["conversation"]]["assigned_to"] = arguments["agent"]


def make_tiny_world(timeline: Timeline, random: Any) -> tuple[Pigeon, Counter]:
    phones, desk = Pigeon(timeline, answer_all, random), Counter(timeline, answer_all, random)
    phones.desk, desk.phones = desk, phones
    return phones, desk
