"""Agents pick templates: what they may pick, what they picked, and what they read when that does not work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.desk_notices import DeskNotices
from patchbay.bridge.held import Choice, Held, Kept
from patchbay.bridge.held_changes import HeldChanges
from patchbay.bridge.held_release import HeldRelease
from patchbay.bridge.ledger import Outcome
from patchbay.bridge.marketing_limit import MARKETING, MarketingLimit
from patchbay.bridge.reply_window import read_patience
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.template_book import TemplateBook, find_template
from patchbay.bridge.template_choices import Drop, Pick, WrongValues, fill_template, read_command, show_filled
from patchbay.bridge.window_words import (
    MOST_CHOICES,
    say_choices,
    say_dropped,
    say_held,
    say_not_sendable,
    say_too_many,
    say_unknown_name,
    say_unknown_number,
    say_unwanted,
    say_wrong_values,
)
from patchbay.domain.errors import DeliveryError
from patchbay.domain.model import Message, Part, Role, Text
from patchbay.domain.templates import FilledTemplate, Template
from patchbay.kit.fallbacks import Rendering
from patchbay.kit.template_abilities import SendsTemplates
from patchbay.kit.template_settings import FIRST_TEMPLATE

_UNUSED = {Outcome.FAILED, Outcome.SKIPPED, Outcome.DEAD_LETTERED}
_COMMAND = "a command of the agent"


class TemplateDesk:
    def __init__(
        self,
        context: Context,
        calls: ServiceCalls,
        notices: DeskNotices,
        changes: HeldChanges,
        release: HeldRelease,
    ) -> None:
        self._context = context
        self._notices = notices
        self._changes = changes
        self._release = release
        self._book = TemplateBook(context, calls)
        self._limit = MarketingLimit(context)

    def inform(self, attempt: Attempt, route: Route) -> None:
        """The agents read that their message is held, and what they may pick. Raises Transient."""
        choices, problem = self._offer(route)
        title = self._context.connector(route.target).title
        is_first = route.session.window_until is None
        text = say_held(title, read_patience(route.target), choices, problem, is_first=is_first)
        self._notices.say(attempt, route, text)

    def obey(self, attempt: Attempt, route: Route, held: Sequence[Held], *, closed: bool) -> Rendering | Kept | None:
        """What a command, or the first message to somebody, becomes; None for any other message."""
        words = _only_words(attempt.event.message)
        if words is None:
            return None
        by_agent = attempt.event.message.sender.role is Role.AGENT
        begun = bool(attempt.delivery.said_as)
        command = read_command(words, numbers=by_agent)
        is_number = isinstance(command, Pick) and bool(command.number) and not words.lstrip().startswith("/")
        if is_number and not (closed or begun or self._is_early(attempt, route)):
            return None  # an answer to the customer
        if isinstance(command, Drop) and (held or closed):
            return self._drop(attempt, route, held)
        if not isinstance(self._context.connector(route.target), SendsTemplates):
            return None
        if isinstance(command, Pick):
            return self._pick(attempt, route, command, held)
        if begun or (closed and not held and route.session.window_until is None):
            return self._begin(attempt, route, words)
        return None

    def _is_early(self, attempt: Attempt, route: Route) -> bool:
        """Whether a number answers our list, although the customer has been faster: it is no message to them."""
        ended_at = self._context.held.offered(route.target.id, _contact(route)).ended_at
        return ended_at is not None and attempt.event.occurred_at <= ended_at

    def _drop(self, attempt: Attempt, route: Route, held: Sequence[Held]) -> Kept:
        for one in held:
            self._changes.discard(one, "the agent discarded it")
        route.session = self._release.tidy(route.session)
        return self._explain(attempt, route, say_dropped(len(held)))

    # --- picking -----------------------------------------------------------------------------------------------------

    def _pick(self, attempt: Attempt, route: Route, pick: Pick, held: Sequence[Held]) -> Rendering | Kept | None:
        attempt.said = tuple(one for one in held if one.taken_by == attempt.event.ledger_key)
        if attempt.delivery.parts:  # it is out, and only what follows from it is left
            return _render(attempt, None)
        if not (pick.number or pick.name):
            choices, problem = self._offer(route)
            title = self._context.connector(route.target).title
            return self._explain(attempt, route, problem or say_choices(title, choices))
        if attempt.delivery.said_as:
            name, _, language = attempt.delivery.said_as.partition(":")
            pick = replace(pick, number=0, name=name, language=language)
        if pick.number:
            offered = self._context.held.offered(route.target.id, _contact(route)).choices
            if not offered and not held:
                return None  # it answers nothing of ours
            if pick.number > len(offered):
                return self._explain(attempt, route, say_unknown_number(pick.number, len(offered)))
            chosen = offered[pick.number - 1]
            pick = replace(pick, name=chosen.name, language=chosen.language)
        template = self._find(route, pick.name, pick.language)
        if template is None:
            return self._explain(attempt, route, say_unknown_name(pick.name))
        return self._fill(attempt, route, template, pick, held)

    def _fill(
        self, attempt: Attempt, route: Route, template: Template, pick: Pick, held: Sequence[Held]
    ) -> Rendering | Kept:
        if not template.is_sendable:
            return self._explain(attempt, route, say_not_sendable(template))
        spare = attempt.said or tuple(one for one in held if self._is_spare(one))
        words = " ".join(filter(None, (_only_words(one.event.message) for one in spare)))
        try:
            filled = fill_template(template, pick, words)
        except WrongValues as wrong:
            return self._explain(attempt, route, say_wrong_values(template, str(wrong)))
        if words and not pick.values and not pick.named and template.parameters:
            attempt.said = tuple(replace(one, taken_by=attempt.event.ledger_key) for one in spare)
            for one in attempt.said:
                self._context.held.change(one)
        return self._send(attempt, route, filled)

    def _send(self, attempt: Attempt, route: Route, filled: FilledTemplate) -> Rendering | Kept:
        is_unwanted = route.session.no_marketing and filled.template.category == MARKETING
        if is_unwanted and not attempt.progress.is_uncertain:  # one that may be out is looked for first
            return self._explain(attempt, route, say_unwanted(filled.template))
        if not attempt.delivery.said_as:
            attempt.progress.keep_template(f"{filled.template.name}:{filled.template.language}")
            self._context.ledger.save(attempt.delivery)
        most = self._limit.find_exceeded(route.target, filled.template, attempt)
        if most is not None:
            return self._explain(attempt, route, say_too_many(filled.template.category, most))
        return _render(attempt, filled)

    def _is_spare(self, held: Held) -> bool:
        """Whether a template may say it: words, and no choice that may yet be sent says them already."""
        if _only_words(held.event.message) is None:
            return False
        taker = self._context.ledger.find(held.taken_by) if held.taken_by else None
        return taker is None or taker.outcome in _UNUSED

    def _begin(self, attempt: Attempt, route: Route, words: str) -> Rendering | Kept | None:
        """The first message to somebody who has never written: in the owner's template, if there is one for it."""
        name, _, language = (attempt.delivery.said_as or route.target.setting(FIRST_TEMPLATE)).partition(":")
        if not name:
            return None
        if attempt.delivery.parts:
            return _render(attempt, None)
        template = self._find(route, name, language)
        if template is None or not template.is_sendable or len(template.parameters) != 1:
            self._context.telemetry.warning(
                "first template not usable", connection=route.target.id, service=route.target.service, template=name
            )
            return None
        return self._send(attempt, route, fill_template(template, Pick(name=name), words))

    # --- templates ---------------------------------------------------------------------------------------------------

    def _offer(self, route: Route) -> tuple[Sequence[Template], str]:
        """What can be sent, numbered from now on as it is here; or why that cannot be said."""
        try:
            known = self._book.read(route.target)
        except DeliveryError as failure:
            self._context.telemetry.warning(
                "templates not listed", connection=route.target.id, service=route.target.service, reason=str(failure)
            )
            return (), "The templates cannot be listed just now. Write /template later to see them."
        language = route.session.contact.language
        sendable = sorted((one for one in known if one.is_sendable), key=lambda one: _is_foreign(one, language))
        choices = list(islice(sendable, MOST_CHOICES))
        until: datetime = self._context.clock.now() + read_patience(route.target)
        offered = [Choice(name=one.name, language=one.language) for one in choices]
        self._context.held.offer(route.target.id, _contact(route), offered, until)
        return choices, ""

    def _find(self, route: Route, name: str, language: str) -> Template | None:
        """A language that is named must be that one; else the customer's comes first."""
        wanted = [language] if language else [route.session.contact.language]
        found = find_template(self._book.read(route.target), name, wanted)
        if found is not None and language and _is_foreign(found, language):
            return None
        return found

    def _explain(self, attempt: Attempt, route: Route, text: str) -> Kept:
        self._notices.say(attempt, route, text)
        return Kept(Outcome.SKIPPED, _COMMAND)


def _render(attempt: Attempt, filled: FilledTemplate | None) -> Rendering:
    message = attempt.event.message
    content = Text(text=show_filled(filled) if filled else "")
    part = Part(
        key=f"{attempt.event.ledger_id}:0",
        content=content,
        sender=message.sender,
        sent_at=message.sent_at,
        template=filled,
    )
    return Rendering(parts=(part,))


def _only_words(message: Message) -> str | None:
    if message.change is not None or len(message.content) != 1:
        return None
    content = message.content[0]
    return content.text if isinstance(content, Text) else None


def _contact(route: Route) -> str:
    return route.session.held_in or route.session.contact.external_id


def _is_foreign(template: Template, language: str) -> bool:
    own, other = (one.replace("-", "_").lower() for one in (template.language, language))
    return bool(other) and own != other and own.partition("_")[0] != other.partition("_")[0]
