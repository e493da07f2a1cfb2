"""The directory that is there from the start."""

from __future__ import annotations

from playground.services.vcita.records import App, Business, Staff, Token

#: As the real ones: 64 hexadecimal digits.
DEMO_TOKEN = "5e0f6a1b9c2d4e3f" * 4
DEMO_DIRECTORY_TOKEN = "d17ec7021d00be55" * 4

DEMO_APP = "messengerbridge"
DEMO_BUSINESS = "k1pjwutt3mtlt5ft"
OTHER_BUSINESS = "5wbdaiig4avpwl40"
DIRECTORY_UID = "r4nq8d2xw0c7ym1z"

DEMO_STAFF = "b7ojv3uv19t6173r"
SECOND_STAFF = "q2mz81x0vfd4tn6k"
OTHER_STAFF = "h5ls7wj3p9ye0c2a"


def make_businesses() -> list[Business]:
    return [
        Business(
            uid=DEMO_BUSINESS,
            name="Northwind Dental",
            staff=[
                Staff(uid=DEMO_STAFF, first_name="Maya", last_name="Levi", role="owner"),
                Staff(uid=SECOND_STAFF, first_name="Jonas", last_name="Weber"),
            ],
        ),
        Business(
            uid=OTHER_BUSINESS,
            name="Harbour Yoga",
            staff=[Staff(uid=OTHER_STAFF, first_name="Priya", last_name="Nair", role="owner")],
        ),
    ]


def make_app() -> App:
    """The app that the demo token belongs to; its one business has installed it."""
    return App(
        id=4711,
        code_name=DEMO_APP,
        name="Messenger Bridge",
        client_id="c11e47" + "0a1b2c3d4e" * 5,
        client_secret="5ec2e7" + "9f8e7d6c5b" * 5,
        redirect_uri="https://bridge.example/oauth",
        types=["communication"],
        url_params=["business_uid", "staff_uid"],
        assigned={DEMO_BUSINESS},
        installed={DEMO_BUSINESS},
    )


def make_tokens(app: App, business: Business) -> list[Token]:
    return [
        Token(value=DEMO_TOKEN, app=app, business=business, staff=business.staff[0]),
        Token(value=DEMO_DIRECTORY_TOKEN, directory=True),
    ]
