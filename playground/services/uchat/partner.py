"""The partner API: one webhook per workspace, which is verified while it is set."""

from __future__ import annotations

from playground.services.uchat.auth import Answer, Auth
from playground.services.uchat.bodies import WebhookBody, read_body
from playground.services.uchat.errors import ApiProblem, invalid, missing
from playground.services.uchat.records import Json, Registration, Workspace
from playground.services.uchat.state import State
from playground.services.uchat.webhooks import Webhooks
from playground.simulator_auth import is_public_address

_PATH = "/api/partner/workspace/<workspace_id>/apichat-webhook"
_FAILURE = "Webhook verification failed"


class PartnerRoutes:
    def __init__(self, state: State, auth: Auth, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks
        auth.add_partner("GET", _PATH, self.show)
        auth.add_partner("POST", _PATH, self.set, locked=False)
        auth.add_partner("DELETE", _PATH, self.remove)

    def show(self, workspace_id: str) -> Answer:
        return self._describe(self._find(workspace_id))

    def set(self, workspace_id: str) -> Answer:
        workspace = self._find(workspace_id)
        body = read_body(WebhookBody)
        if not is_public_address(body.webhook_url):
            raise invalid({"webhook_url": ["The webhook url format is invalid."]})
        wanted = Registration(url=body.webhook_url, key=body.webhook_verification_key, status="verified")
        verified = self._webhooks.verify(workspace, wanted)
        self._state.annotate("webhook verified" if verified else "webhook not verified")
        return self._describe(workspace) if verified else self._fail(workspace, wanted)

    def remove(self, workspace_id: str) -> Answer:
        workspace = self._find(workspace_id)
        workspace.webhook = Registration()
        return self._describe(workspace)

    def _find(self, workspace_id: str) -> Workspace:
        workspace = self._state.workspaces.get(workspace_id)
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
            "bot_url": self._state.bot_url(workspace) if webhook.url else "",
        }
        return {"status": "ok", "data": data}

    def _fail(self, workspace: Workspace, wanted: Registration) -> Answer:
        failure = self._state.quirks.failure
        if failure == "unverified":
            with self._state.lock:
                workspace.webhook = Registration(url=wanted.url, key=wanted.key)
            return self._describe(workspace)
        if failure == "error":
            return {"status": "error", "message": _FAILURE}
        raise ApiProblem(400, _FAILURE)
