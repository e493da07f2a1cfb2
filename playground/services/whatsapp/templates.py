"""Templates as Meta keeps them: their review, quality, pauses and categories, and the news of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from playground.services.whatsapp.events import Events
from playground.services.whatsapp.records import Json, Template
from playground.services.whatsapp.state import State

_PAUSES = (timedelta(hours=3), timedelta(hours=6))
_PAUSE_TITLES = ("FIRST_PAUSE", "SECOND_PAUSE")


class Templates:
    """These may be called at any time, from any thread."""

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events
        self._locked_names: dict[tuple[str, str], datetime] = {}  #: by account and name, until when

    # --- finding -----------------------------------------------------------------------------------------------------

    def find(self, account: str, name: str, language: str) -> Template | None:
        found = (each for each in self.list_all(account) if (each.name, each.language) == (name, language))
        return next(found, None)

    def list_all(self, account: str) -> list[Template]:
        """Those of an account, with pauses that are over ended."""
        now = self._state.timeline.now()
        mine = [each for each in self._state.templates.values() if each.account == account]
        for template in mine:
            if template.status == "PAUSED" and template.paused_until and now >= template.paused_until:
                self.unpause(template)
        return mine

    # --- making and changing -----------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        body: str,
        *,
        language: str = "en",
        category: str = "UTILITY",
        header: str = "",
        footer: str = "",
        buttons: Iterable[Json] = (),
        account: str = "",
    ) -> Template:
        """One that is approved already. Parameters are named if the first of the body is."""
        components: list[Json] = [{"type": "HEADER", "format": "TEXT", "text": header}] if header else []
        components.append({"type": "BODY", "text": body})
        components += [{"type": "FOOTER", "text": footer}] if footer else []
        listed = list_of(buttons)
        components += [{"type": "BUTTONS", "buttons": listed}] if listed else []
        with self._state.lock:
            template = Template(
                id=self._state.make_id(),
                account=account or next(iter(self._state.accounts)),
                name=name,
                language=language,
                category=category,
                status="APPROVED",
                components=components,
                is_named="{{1}}" not in body + header and "{{" in body + header,
                created_at=self._state.timeline.now(),
            )
            self._state.templates[template.id] = template
            return template

    def submit(self, template: Template) -> None:
        """For review, which takes some time."""
        self._state.templates[template.id] = template
        template.status = "PENDING"
        self._state.later(self._state.quirks.review_seconds, lambda: self._review(template))

    def _review(self, template: Template) -> None:
        if template.status != "PENDING" or template.id not in self._state.templates:
            return
        if reason := self._state.quirks.rejects:
            self.reject(template, reason)
        else:
            self.approve(template)

    def remove(self, template: Template) -> None:
        """The name of one that was approved is locked for 30 days."""
        del self._state.templates[template.id]
        if template.status == "APPROVED":
            until = self._state.timeline.now() + timedelta(days=30)
            self._locked_names[template.account, template.name] = until
        self._report(template, "DELETED")

    def is_locked(self, account: str, name: str) -> bool:
        until = self._locked_names.get((account, name))
        return until is not None and self._state.timeline.now() < until

    # --- what Meta does ----------------------------------------------------------------------------------------------

    def approve(self, template: Template) -> None:
        with self._state.lock:
            template.status, template.reason = "APPROVED", "NONE"
            self._report(template, "APPROVED")

    def reject(
        self, template: Template, reason: str = "INVALID_FORMAT", why: str = "", recommendation: str = ""
    ) -> None:
        with self._state.lock:
            template.status, template.reason = "REJECTED", reason
            more: Json = {}
            if why:
                more["rejection_info"] = {"reason": why, "recommendation": recommendation}
            self._report(template, "REJECTED", **more)

    def pause(self, template: Template) -> None:
        """For 3 hours, then for 6, then for good."""
        with self._state.lock:
            template.pauses += 1
            if template.pauses > len(_PAUSES):
                self.disable(template)
                return
            length = _PAUSES[template.pauses - 1]
            template.status, template.paused_until = "PAUSED", self._state.timeline.now() + length
            hours = length // timedelta(hours=1)
            title = _PAUSE_TITLES[template.pauses - 1]
            info = {"title": title, "description": f"Your WhatsApp message template has been paused for {hours} hours"}
            self._report(template, "PAUSED", other_info=info)

    def unpause(self, template: Template) -> None:
        with self._state.lock:
            template.status, template.paused_until = "APPROVED", None
            info = {"title": "UNPAUSE", "description": "Your WhatsApp message template has been unpaused"}
            self._report(template, "APPROVED", other_info=info)

    def disable(self, template: Template) -> None:
        with self._state.lock:
            template.status, template.paused_until = "DISABLED", None
            at = int(self._state.timeline.now().timestamp())
            info = {"title": "DISABLED", "description": "Your WhatsApp message template has been disabled"}
            self._report(template, "DISABLED", disable_info={"disable_date": at}, other_info=info)

    def report(self, template: Template, event: str) -> None:
        """An event that changes nothing here: FLAGGED, IN_APPEAL, LIMIT_EXCEEDED, LOCKED, ARCHIVED ..."""
        with self._state.lock:
            self._report(template, event)

    def set_quality(self, template: Template, score: str) -> None:
        """GREEN, YELLOW, RED or UNKNOWN."""
        with self._state.lock:
            before, template.quality = template.quality, score
            scores = {"previous_quality_score": before, "new_quality_score": score}
            self._push(template, "message_template_quality_update", scores)

    def announce_category(self, template: Template, category: str, days: int = 1) -> None:
        """The category that is right will replace the present one."""
        with self._state.lock:
            template.next_category = category
            at = int((self._state.timeline.now() + timedelta(days=days)).timestamp())
            change = {"correct_category": category, "new_category": template.category, "category_update_timestamp": at}
            self._push(template, "template_category_update", change)

    def change_category(self, template: Template, category: str) -> None:
        with self._state.lock:
            before, template.category, template.next_category = template.category, category, ""
            change = {"previous_category": before, "new_category": category}
            self._push(template, "template_category_update", change)

    def report_components(self, template: Template) -> None:
        """message_template_components_update, after an edit."""
        parts = {str(each["type"]).upper(): each for each in template.components}
        shown: Json = {"message_template_element": parts["BODY"].get("text", "")}
        if title := parts.get("HEADER", {}).get("text"):
            shown["message_template_title"] = title
        if "FOOTER" in parts:
            shown["message_template_footer"] = parts["FOOTER"]["text"]
        if buttons := parts.get("BUTTONS", {}).get("buttons"):
            shown["message_template_buttons"] = [_show_button(each) for each in buttons]
        self._push(template, "message_template_components_update", shown)

    # --- news --------------------------------------------------------------------------------------------------------

    def _report(self, template: Template, event: str, **more: object) -> None:
        category = {"message_template_category": template.category}
        change = {"event": event, "reason": template.reason, **category, **more}
        self._push(template, "message_template_status_update", change)

    def _push(self, template: Template, field: str, change: Json) -> None:
        shown: Json = {"message_template_id": int(template.id), "message_template_name": template.name}
        shown["message_template_language"] = template.language
        note = f"template {template.name}: {change.get('event', field.replace('_', ' '))}"
        self._events.push_account(self._state.accounts[template.account], field, {**shown, **change}, note)


def list_of(buttons: Iterable[Json]) -> list[Json]:
    return [dict(each) for each in buttons]


def _show_button(button: Json) -> Json:
    shown: Json = {"message_template_button_type": button["type"], "message_template_button_text": button.get("text")}
    if "url" in button:
        shown["message_template_button_url"] = button["url"]
    if "phone_number" in button:
        shown["message_template_button_phone_number"] = button["phone_number"]
    return shown
