"""Values that `connect` still needs: from the service where it can list them, otherwise from a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import Choice, SuggestsSettings
from patchbay.kit.contract import Connector, Setting, list_needed
from patchbay_cli.connection_setup import inputs
from patchbay_cli.deployment import Deployment


def fill_in(deployment: Deployment, connector: Connector, draft: Connection) -> Connection:
    """Adds the required values that were not passed: credentials first, then what the service can list."""
    missing = _missing(connector, draft)
    can_list = isinstance(connector, SuggestsSettings)
    first = [setting for setting in missing if setting.secret or setting.name == "base_url" or not can_list]
    draft = _ask(deployment, connector, draft, first)
    _check_base_url(deployment, draft)
    for setting in _missing(connector, draft):
        value = _choose(deployment, setting, _list_choices(deployment, connector, setting, draft))
        draft = replace(draft, settings={**draft.settings, setting.name: value})
    return draft


def ask_secret(deployment: Deployment, setting: Setting) -> str:
    """Raises Misconfigured where no prompt is possible."""
    if not deployment.terminal.can_ask:
        raise Misconfigured(
            f"cannot prompt for {setting.name} without a terminal, or with --json: pass it as "
            f"--secret {setting.name}=@FILE, or as --secret {setting.name}=- on standard input"
        )
    return inputs.tidy_secret(setting, deployment.terminal.ask(f"{setting.help}\n{setting.name}", hidden=True))


def _missing(connector: Connector, draft: Connection) -> list[Setting]:
    ours = list_needed(connector, draft.settings)
    needed = (setting for setting in ours if setting.required and not setting.default)
    return [setting for setting in needed if not (draft.setting(setting.name) or draft.secrets.get(setting.name))]


def _ask(deployment: Deployment, connector: Connector, draft: Connection, missing: Sequence[Setting]) -> Connection:
    if missing and not deployment.terminal.can_ask:
        options = "\n".join(f"  --{'secret' if one.secret else 'set'} {one.name}=...  {one.help}" for one in missing)
        raise Misconfigured(f"required values for {connector.title} are missing. Add:\n{options}")
    for setting in missing:
        answer = (
            ask_secret(deployment, setting)
            if setting.secret
            else deployment.terminal.ask(f"{setting.help}\n{setting.name}")
        )
        if setting.secret:
            answer = inputs.tidy_secret(setting, answer)
            inputs.check_secret(setting, answer)
            draft = replace(draft, secrets=draft.secrets.renew({setting.name: answer}))
        else:
            answer = inputs.read_setting(setting.name, answer)
            draft = replace(draft, settings={**draft.settings, setting.name: answer})
    return draft


def _list_choices(
    deployment: Deployment, connector: Connector, setting: Setting, draft: Connection
) -> Sequence[Choice]:
    if not isinstance(connector, SuggestsSettings):
        return ()
    with deployment.terminal.working(f"Asking {connector.title} for the possible values of {setting.name}"):
        return connector.suggest_values(setting.name, draft, deployment.http)


def _choose(deployment: Deployment, setting: Setting, choices: Sequence[Choice]) -> str:
    if len(choices) == 1:
        deployment.terminal.notify(f"{setting.name}: {choices[0].label} (the only choice)")
        return choices[0].value
    question = f"{setting.help}\n{setting.name}"
    if deployment.terminal.can_ask:
        return deployment.terminal.choose(question, choices) if choices else deployment.terminal.ask(question)
    listed = "\n".join(f"  --set {setting.name}={choice.value}  {choice.label}" for choice in choices)
    raise Misconfigured(
        f"{setting.name} is missing. Add one of:\n{listed}" if listed else f"{setting.name} is missing: {setting.help}"
    )


def _check_base_url(deployment: Deployment, draft: Connection) -> None:
    if draft.setting("base_url"):
        inputs.check_base_url(draft.setting("base_url"), local=deployment.stack.emulator)
