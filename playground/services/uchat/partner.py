"""The partner API: one webhook per workspace, which is verified while it is set."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from pydantic import Field

from playground.services.uchat.errors import ApiProblem, invalid, missing
from playground.services.uchat.gate import Answer
from playground.services.uchat.records import Json, Registration, Workspace
from playground.services.uchat.validation import Body, is_public_address, read_body
from playground.simulator import Webhook

if TYPE_CHECKING:
    from playground.services.uchat.world import World

_PATH = "/api/partner/workspace/<workspace_id>/apichat-webhook"
_FAILURE = "Webhook verification failed"


class WebhookBody(Body):
    webhook_url: Annotated[str, Field(min_length=1, max_length=2000)]
    webhook_verification_key: Annotated[str, Field(min_length=1, max_length=255)]


class PartnerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        world.gate.add_partner("GET", _PATH, self.show)
        world.gate.add_partner("POST", _PATH, self.set, locked=False)
        world.gate.add_partner("DELETE", _PATH, self.remove)

    def show(self, workspace_id: str) -> Answer:
        return self._describe(self._find(workspace_id))

    def set(self, workspace_id: str) -> Answer:
        workspace = self._find(workspace_id)
        body = read_body(WebhookBody)
        if not is_public_address(body.webhook_url):
            raise invalid({"webhook_url": ["The webhook url format is invalid."]})
        wanted = Registration(url=body.webhook_url, key=body.webhook_verification_key, status="verified")
        verified = self.verify(workspace, wanted)
        self._world.annotate("webhook verified" if verified else "webhook not verified")
        return self._describe(workspace) if verified else self._fail(workspace, wanted)

    def remove(self, workspace_id: str) -> Answer:
        workspace = self._find(workspace_id)
        workspace.webhook = Registration()
        return self._describe(workspace)

    def _find(self, workspace_id: str) -> Workspace:
        workspace = self._world.workspaces.get(workspace_id)
        if workspace is None:
            raise missing("Workspace")
        if not workspace.has_addon:
            raise ApiProblem(403, "The Api Chat add-on is not enabled for this workspace.")
        return workspace

    def _describe(self, workspace: Workspace) -> Json:
        webhook = workspace.webhook
        data = {
            "webhook_url": webhook.url,
            "webhook_verification_key": webhook.key,
            "webhook_status": webhook.status,
            "bot_url": self._world.bot_url(workspace) if webhook.url else "",
        }
        return {"status": "ok", "data": data}

    def verify(self, workspace: Workspace, wanted: Registration) -> bool:
        """Whether our side has answered the handshake well, and the webhook is set. Not to be called under the lock."""
        if not self._shake_hands(wanted):
            return False
        with self._world.lock:
            workspace.webhook = wanted
        return True

    # --- the handshake -----------------------------------------------------------------------------------------------

    def _shake_hands(self, wanted: Registration) -> bool:
        challenge = f"{self._world.random.getrandbits(128):032x}"
        dot = "." if self._world.habits.dotted_names else "_"
        parameters = {
            f"hub{dot}mode": "subscribe",
            f"hub{dot}verify_token": wanted.key,
            f"hub{dot}challenge": challenge,
        }
        answer = self._world.call_webhook(self._word_handshake(wanted.url, parameters))
        return answer.status == 200 and hmac.compare_digest(answer.body, challenge.encode())

    def _word_handshake(self, url: str, parameters: Mapping[str, str]) -> Webhook:
        """UChat says that the parameters come by POST, not in which encoding."""
        note, query = "handshake", urlencode(parameters)
        match self._world.habits.handshake:
            case "json":
                headers = {"Content-Type": "application/json"}
                return Webhook(url=url, headers=headers, body=json.dumps(parameters).encode(), note=note)
            case "form":
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                return Webhook(url=url, headers=headers, body=query.encode(), note=note)
            case kind:
                method = "GET" if kind == "get" else "POST"
                joined = f"{url}{'&' if '?' in url else '?'}{query}"
                return Webhook(url=joined, headers={}, body=b"", note=note, method=method)

    def _fail(self, workspace: Workspace, wanted: Registration) -> Answer:
        habits = self._world.habits
        with self._world.lock:
            if habits.failure_clears:
                workspace.webhook = Registration()
            if habits.failure == "unverified":
                workspace.webhook = Registration(url=wanted.url, key=wanted.key)
        if habits.failure == "unverified":
            return self._describe(workspace)
        if habits.failure == "error":
            return {"status": "error", "message": _FAILURE}
        raise ApiProblem(400, _FAILURE)
