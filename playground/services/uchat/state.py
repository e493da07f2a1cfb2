"""The partner's workspaces with their contacts and files: data, and where to find them."""

from __future__ import annotations

from random import Random

from playground.served_files import write_name
from playground.services.uchat.quirks import Quirks
from playground.services.uchat.records import Agent, Contact, StoredFile, Workspace
from playground.simulator import Post, Simulator, Timeline


class State(Simulator):
    """Follows UChat's page on Api Chat and its OpenAPI description; where they are silent, `quirks` choose."""

    service = "uchat"
    webhook_retries: tuple[float, ...] = (1, 5, 30)

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.quirks = Quirks()
        self.partner_key = ""
        self.workspaces: dict[str, Workspace] = {}
        self.contacts: list[Contact] = []
        self.files: dict[str, StoredFile] = {}
        self.complaints: list[str] = []  #: what was accepted and should not have been sent, in its order
        self._last_number = 1000

    def make_number(self) -> int:
        self._last_number += 1
        return self._last_number

    # --- finding -----------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """The one that the agents' desk shows: the first."""
        return next(iter(self.workspaces.values()))

    def bot_url(self, workspace: Workspace) -> str:
        return f"{self.base_url}/api/apichat/{workspace.code}"

    def find_sender(self, workspace: Workspace, user_id: str) -> Contact | None:
        found = (one for one in self.contacts if one.workspace is workspace and one.user_id == user_id)
        return next(found, None)

    def find_contact(self, contact: str) -> Contact:
        """By UChat's id or by ours. Raises KeyError."""
        found = next((one for one in self.contacts if contact in {one.user_ns, one.user_id}), None)
        if found is None:
            raise KeyError(contact)
        return found

    def find_agent(self, agent: int) -> Agent:
        """Raises KeyError."""
        found = next((one for one in self.workspace.agents if one.id == agent), None)
        if found is None:
            raise KeyError(agent)
        return found

    # --- files -------------------------------------------------------------------------------------------------------

    def store_file(self, name: str, content_type: str, data: bytes) -> str:
        """The file's address, good for everybody."""
        key = f"{self.random.getrandbits(128):032x}"
        self.files[key] = StoredFile(key=key, name=name, content_type=content_type, data=data)
        return self.file_url(key)

    def file_url(self, key: str) -> str:
        return f"{self.base_url}/files/{key}/{write_name(self.files[key].name)}"

    def find_file(self, url: str) -> StoredFile | None:
        """The file behind an address, if it is one of UChat's own."""
        key = url.removeprefix(f"{self.base_url}/files/").partition("/")[0]
        return self.files.get(key)
