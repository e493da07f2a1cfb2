"""The settings of messengers with a reply window and templates. A connector lists them among its own."""

from __future__ import annotations

from patchbay.kit.contract import Setting

FIRST_TEMPLATE = "first_template"
HOLD_HOURS = "hold_hours"
MARKETING_PER_DAY = "marketing_per_day"

TEMPLATE_SETTINGS = (
    Setting(
        name=FIRST_TEMPLATE,
        help=(
            "The template that carries an agent's first message to a person who has never written, as name or"
            " name:language; it needs exactly one parameter. Leave it empty to have agents choose"
        ),
    ),
    Setting(
        name=HOLD_HOURS,
        help="For how many hours an agent's message waits for the customer to write, 336 at most",
        default="72",
    ),
    Setting(
        name=MARKETING_PER_DAY,
        help="How many marketing templates agents may send in a day; leave it empty for no limit",
    ),
)
