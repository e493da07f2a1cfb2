"""What people read while an account joins an app. They work for the account's business and know nothing of Patchbay."""

from __future__ import annotations

from dataclasses import dataclass

from patchbay.aws.handlers.pages import Link, Page, Tone
from patchbay.bridge.oauth import ConsentRefused, Joined, NotReady
from patchbay.bridge.oauth_apps import UnknownApp
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, Conflict, DeliveryError, PatchbayError
from patchbay.domain.model import Side

CANCELLED = "access_denied"  #: OAuth's word for a person's "no"

# No 5xx, which would be a failure of ours: with codes that they make up strangers can bring a service to refuse us.
_FAILED_ELSEWHERE = 424
_NAME = "Name of the connection"
_AFTER = {
    ConnectionStatus.ACTIVE: (Tone.GOOD, "{title} has opened the account for messages."),
    ConnectionStatus.PENDING: (
        Tone.WAITING,
        "{title} is still opening the account. Messages start when it is ready. You don't need to wait here.",
    ),
    ConnectionStatus.NEEDS_AUTHORIZATION: (Tone.BAD, "{title} refused access. Start again."),
    ConnectionStatus.DISABLED: (
        Tone.BAD,
        "{title} has switched the account off. Switch it on there, then start again.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPages:
    """`title` is what people call the service, `start` the address at which joining begins."""

    title: str
    start: str

    def leave_frame(self) -> Page:
        """In a frame our cookie would be a third party's, which browsers refuse."""
        return Page(
            status=200,
            tone=Tone.PLAIN,
            title=f"Connect {self.title}",
            lines=(
                (
                    f"{self.title} will ask you to allow Patchbay to use this account. The question opens in "
                    "the full window."
                ),
            ),
            link=Link(label="Continue", address=self.start, whole_window=True),
        )

    def welcome(self, joined: Joined) -> Page:
        connection = joined.connection
        tone, status = _AFTER[connection.status]
        other = "a messenger" if connection.side is Side.PLATFORM else "a platform"
        following = f"Almost done. Send the name below to your Patchbay administrator, who links {other} to it."
        if joined.returning:
            following = "It was connected before, and is still linked."
        return Page(
            status=200,
            tone=tone,
            title=f"{joined.account_name or self.title} is connected",
            lines=(status.format(title=self.title), following),
            facts={_NAME: connection.id, "Status": connection.status.value.replace("_", " ")},
            link=self._again() if tone is Tone.BAD else None,
        )

    def accept_no(self, error: str) -> Page:
        """`error` is one of OAuth's words, or "unknown"."""
        if error == CANCELLED:
            lines: tuple[str, ...] = ("You did not allow access. Nothing was connected or changed.",)
            return Page(status=200, tone=Tone.PLAIN, title="Not connected", lines=lines, link=self._again())
        lines = (
            f"{self.title} could not ask for your consent ({error.replace('_', ' ')}). Nothing was changed.",
            "Start again in a moment. If it happens again, tell your Patchbay administrator.",
        )
        return Page(status=400, tone=Tone.BAD, title="Not connected", lines=lines, link=self._again())

    def explain(self, failure: PatchbayError) -> Page:
        """Why an account was not connected, and what to do. What is written only for the owner stays in the log."""
        match failure:
            case NotReady():
                return self._promise(failure)
            case UnknownApp():
                lines = (_sentence(failure), "Ask your Patchbay administrator for the right address.")
                return Page(status=404, tone=Tone.BAD, title="Nothing to connect here", lines=lines)
            case ConsentRefused():
                return self._refuse(400, f"We could not accept this consent: {failure}.", _USED, _AGAIN)
            case AuthorizationNeeded():
                return self._refuse(400, _sentence(failure))
            case Conflict():
                return self._refuse(409, _sentence(failure), "You can safely start again.")
            case DeliveryError():
                return self._refuse(
                    _FAILED_ELSEWHERE, f"{self.title}: {failure}.", "Nothing is connected yet. Try again in a moment."
                )
        return self._refuse(
            409, "The app is not set up completely. Your Patchbay administrator finds the reason in the log."
        )

    def ask_to_wait(self) -> Page:
        lines = ("Too many attempts from your network. Start again in a few minutes.",)
        return Page(status=429, tone=Tone.WAITING, title="Please wait a little", lines=lines, link=self._again())

    def apologize(self) -> Page:
        lines = (
            "Something went wrong on our side. The account may or may not be connected.",
            "Start again in a moment: that is safe. If it happens again, tell your Patchbay administrator.",
        )
        return Page(status=500, tone=Tone.BAD, title="Sorry, that did not work", lines=lines, link=self._again())

    def _promise(self, failure: NotReady) -> Page:
        return Page(
            status=502,
            tone=Tone.WAITING,
            title="Connected, but not ready yet",
            lines=(
                f"Your consent is stored, but the account could not be opened for messages: {failure.reason}.",
                "Start again to repeat that step. If it fails again, tell your Patchbay administrator the name below.",
            ),
            facts={_NAME: failure.connection.id},
            link=self._again(),
        )

    def _refuse(self, status: int, *lines: str) -> Page:
        return Page(status=status, tone=Tone.BAD, title="Please start again", lines=lines, link=self._again())

    def _again(self) -> Link:
        return Link(label="Start again", address=self.start, whole_window=True)


_USED = "If an earlier page said that the account is connected, you are done."
_AGAIN = "Otherwise start again in this browser, with cookies allowed."


def _sentence(failure: PatchbayError) -> str:
    text = str(failure)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
