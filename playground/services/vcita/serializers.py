"""How things look in the APIs."""

from __future__ import annotations

import re

from playground.services.vcita.records import App, Channel, Client, Json, Session, Subscription


def show_channel(channel: Channel) -> Json:
    return {"uid": channel.uid, "status": channel.status, "display_name": channel.display_name}


def show_session(session: Session) -> Json:
    return {"uid": session.uid, "status": session.status, "ai_status": "none"}


def show_client(client: Client, *, normalizes_phones: bool) -> Json:
    normal = re.sub(r"[^\d+]", "", client.phone) if normalizes_phones else ""
    return {
        "id": client.uid,
        "first_name": client.profile.get("first_name"),
        "last_name": client.profile.get("last_name"),
        "email": client.email or None,
        "mobile_phone": client.phone or None,
        "normalized_phone": normal or None,
        "status": client.profile.get("status", "lead"),
        "source_name": client.profile.get("source_name"),
        "created_at": client.created_at.isoformat(timespec="milliseconds"),
    }


def show_app(app: App) -> Json:
    """Without the secret, which only the answer that creates the app shows."""
    return {
        "app_code_name": app.code_name,
        "app_id": app.id,
        "client_id": app.client_id,
        "name": app.name,
        "access_token_format": "opaque",
        "client_auth_jwks_uri": None,
    }


def show_subscription(subscription: Subscription) -> Json:
    return {
        "subscription_id": subscription.id,
        "event": subscription.event,
        "target_url": subscription.target_url,
    }
