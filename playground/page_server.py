"""The page: what people see on every simulated service, what they do there, the switches, and the live trace.

It listens on loopback only. It refuses requests under another host name (DNS rebinding), and accepts only JSON, which
the form of a foreign site cannot send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Protocol

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request, send_from_directory
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, ServiceUnavailable, UnprocessableEntity

from patchbay.domain.characters import read_whole_number
from playground import sites
from playground.accounts import CommandFailed
from playground.simulator import Simulator, Switches
from playground.sites import Site
from playground.trace import Line, Trace, tell_story

PAGE = Path(__file__).parent / "page"
CHAT = Path(__file__).parents[1] / "functions/webchat/static"  #: the page shares modules with the web chat
HEARTBEAT = 0.25  #: seconds without an event until views are compared and the connection is tested
UPLOAD_LIMIT = 75 * 1024 * 1024  #: bytes of one request: a 50 MB file in base64

# Files that people send are on the simulators' own ports, re-hosted ones on the local AWS: both loopback.
_LOOPBACK = "http://127.0.0.1:* http://localhost:*"
_POLICY = (
    f"default-src 'self'; img-src 'self' data: blob: {_LOOPBACK}; media-src 'self' {_LOOPBACK}; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)

routes = Blueprint("page", __name__)


class Links(Protocol):
    """Where messengers' messages go; see `accounts.Links`."""

    def show(self) -> dict[str, object]: ...

    def link(self, messenger: str, platform: str) -> None: ...

    def connect_again(self, service: str) -> None: ...


class World:
    """What the page shows: the simulators and the sites by name, their trace, and the links between them."""

    def __init__(
        self, simulators: Mapping[str, Simulator], trace: Trace, links: Links, shops: Mapping[str, Site]
    ) -> None:
        self.simulators, self.shops = simulators, shops
        self.trace, self.links = trace, links
        for simulator in simulators.values():
            simulator.listeners.append(trace.add_call)

    def simulator(self, service: str) -> Simulator:
        """Raises NotFound, which lists the known ones."""
        if service not in self.simulators:
            raise NotFound(f"there is no simulator {service!r}. Known simulators: {', '.join(self.simulators)}")
        return self.simulators[service]

    def services(self) -> list[str]:
        return [*self.simulators, *self.shops]

    def show(self, service: str) -> dict[str, object]:
        if service in self.shops:
            return self.shops[service].view()
        simulator = self.simulator(service)
        return simulator.view() | {"switches": asdict(simulator.switches)}


def make_app(
    simulators: Mapping[str, Simulator], trace: Trace, links: Links, shops: Mapping[str, Site] | None = None
) -> Flask:
    """`shops` may grow while the page is open; `trace.changed` reports that to the page."""
    app = Flask("playground", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = UPLOAD_LIMIT
    app.extensions["sites"] = {} if shops is None else shops
    app.extensions["world"] = World(simulators, trace, links, app.extensions["sites"])
    app.register_blueprint(routes)
    app.register_blueprint(sites.routes)
    app.register_error_handler(HTTPException, _explain)
    app.before_request(_refuse_strangers)
    app.after_request(_protect)
    return app


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


# --- guards ----------------------------------------------------------------------------------------------------------


def _refuse_strangers() -> None:
    if request.host.rsplit(":", 1)[0] not in {"127.0.0.1", "localhost"}:
        abort(403, "the playground is available only at 127.0.0.1 and localhost")
    if request.method == "POST" and not request.is_json:
        abort(415, "send JSON")


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _explain(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


# --- the page itself -------------------------------------------------------------------------------------------------


@routes.get("/")
def index() -> Response:
    return send_from_directory(PAGE, "index.html")


@routes.get("/page/<path:name>")
def part(name: str) -> Response:
    return send_from_directory(PAGE, name)


@routes.get("/webchat/static/<name>")
def shared_part(name: str) -> Response:
    return send_from_directory(CHAT, name)


# --- what people see and do ------------------------------------------------------------------------------------------


@routes.get("/api/world")
def show_world() -> Response:
    return jsonify(services=[_world().show(service) for service in _world().services()])


@routes.get("/api/services/<service>")
def show_service(service: str) -> Response:
    return jsonify(_world().show(service))


@routes.post("/api/act/<service>/<action>")
def act(service: str, action: str) -> Response:
    """Does something as a person. 404: no such action, person or conversation; 422: the service does not allow it."""
    world = _world()
    simulator = world.simulator(service)
    arguments = {name: str(value) for name, value in _order().items() if value is not None}
    try:
        result = simulator.act(action, arguments)
    except KeyError as error:
        raise NotFound(f"{service} has no {(error.args[0] if error.args else action)!r}") from error
    except ValueError as error:
        raise UnprocessableEntity(str(error)) from error
    world.trace.changed(service)
    if result.get("connect_again"):
        _connect_again(world, service)
    return jsonify(result)


def _connect_again(world: World, service: str) -> None:
    try:
        world.links.connect_again(service)
    except CommandFailed as error:
        raise UnprocessableEntity(str(error)) from error


def _order() -> Mapping[str, object]:
    order = request.get_json()
    if not isinstance(order, dict):
        raise BadRequest("send a JSON object")
    return order


# --- links ------------------------------------------------------------------------------------------------------------


@routes.get("/api/links")
def show_links() -> Response:
    return _answer_links()


@routes.post("/api/links")
def link() -> Response:
    """Links a messenger to a platform, for new conversations. Returns the same as GET.

    404: there is no such connection, or it cannot be linked; 422: the command refuses.
    """
    order = _order()
    try:
        _world().links.link(str(order.get("messenger", "")), str(order.get("platform", "")))
    except KeyError as error:
        raise NotFound(f"there is {error.args[0]}") from error
    except CommandFailed as error:
        raise UnprocessableEntity(str(error)) from error
    return _answer_links()


def _answer_links() -> Response:
    try:
        return jsonify(_world().links.show())
    except CommandFailed as error:
        raise ServiceUnavailable(str(error)) from error


# --- switches --------------------------------------------------------------------------------------------------------


@routes.post("/api/switches/<service>")
def switch(service: str) -> Response:
    """Sets the given switches and leaves the others. Returns all of them."""
    world = _world()
    simulator = world.simulator(service)
    for name, value in _checked(_order(), simulator.switches).items():
        setattr(simulator.switches, name, value)
    world.trace.changed(service)
    return jsonify(asdict(simulator.switches))


@routes.post("/api/switches")
def reset_all() -> Response:
    world = _world()
    for service, simulator in world.simulators.items():
        for name, value in asdict(Switches()).items():
            setattr(simulator.switches, name, value)
        world.trace.changed(service)
    return jsonify({})


def _checked(wanted: Mapping[str, object], switches: Switches) -> dict[str, bool | int | float | None]:
    known = {switch.name: getattr(switches, switch.name) for switch in fields(switches)}
    checked: dict[str, bool | int | float | None] = {}
    for name, value in wanted.items():
        if name not in known:
            raise UnprocessableEntity(f"there is no switch {name!r}. Known switches: {', '.join(known)}")
        checked[name] = _fit(name, value, known[name])
    return checked


def _fit(name: str, value: object, present: object) -> bool | int | float | None:
    """`value` for a switch that now has the value `present`: of the same type, and in range."""
    if isinstance(present, bool):
        if isinstance(value, bool):
            return value
    elif value is None and name == "api_retry_after":
        return None
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 3600:
        return float(value) if isinstance(present, float) else int(value)
    raise UnprocessableEntity(f"{value!r} is not a valid value of the switch {name}")


# --- the trace -------------------------------------------------------------------------------------------------------


@routes.get("/api/trace")
def follow() -> Response:
    """Server-sent events.

    `hello` with the id of this run of the playground, `line` for each line of the trace (the latest ones at first, the
    missed ones after a lost connection), `changed` with the service whose view has changed.
    """
    world = _world()
    run, _, number = request.headers.get("Last-Event-ID", "").partition("/")
    stream = _stream(world, read_whole_number(number) or 0 if run == world.trace.run else 0)
    return Response(stream, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


@routes.get("/api/trace/<int:number>/story")
def story(number: int) -> Response:
    world = _world()
    chosen = world.trace.find(number)
    if chosen is None:
        raise NotFound("this line is too old: the playground no longer has it")
    return jsonify(lines=[line.as_json() for line in tell_story(world.trace.lines(), chosen)])


def _stream(world: World, after: int) -> Iterator[str]:
    with world.trace.follow(after, HEARTBEAT) as follower:
        seen = _fingerprints(world)
        yield f"retry: 500\nevent: hello\ndata: {world.trace.run}\n\n"
        for news in follower:
            if isinstance(news, Line):
                yield f"id: {world.trace.run}/{news.id}\nevent: line\ndata: {json.dumps(news.as_json())}\n\n"
            elif news is not None:
                yield _changed(news)
            else:
                # Some things change without a call: a delayed answer, a file that expires.
                now = _fingerprints(world)
                yield from (_changed(service) for service, print_ in now.items() if print_ != seen.get(service))
                yield ": still here\n\n"
                seen = now


def _changed(service: str) -> str:
    return f"event: changed\ndata: {json.dumps(service)}\n\n"


def _fingerprints(world: World) -> dict[str, int]:
    return {service: hash(json.dumps(world.show(service), sort_keys=True)) for service in world.services()}
