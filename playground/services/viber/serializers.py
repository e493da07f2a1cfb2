"""How bots, people and answers look in the API and in callbacks."""

from __future__ import annotations

from flask import Response, jsonify

from playground.services.viber.records import Bot, Json, Person


def make_answer(answer: Json) -> Response:
    response: Response = jsonify({**answer, "chat_hostname": "SN-CHAT-02_"})
    return response


def show_account(bot: Bot, subscribers: int) -> Json:
    return {
        "id": bot.id,
        "name": bot.name,
        "uri": "patchbaydemo",
        "icon": "",
        "background": "",
        "category": "Companies, Brands & Products",
        "subcategory": "Business Services",
        "country": "GB",
        "webhook": bot.webhook,
        "event_types": sorted(bot.event_types),
        "subscribers_count": subscribers,
        "members": [],
    }


def show_profile(person: Person, base_url: str) -> Json:
    """Name and image are there only if the bot asked for them and the person agrees."""
    profile: Json = {"id": person.id, "name": "Subscriber"}
    if person.bot.send_name and person.shares_profile:
        profile["name"] = person.name
    if person.bot.send_photo and person.shares_profile and person.avatar_file:
        profile["avatar"] = f"{base_url}{person.avatar_file}"
    return {
        **profile,
        "language": person.language,
        "country": person.country,
        "api_version": person.api_version,
    }
