"""Bodies with files inside: what is sent, and how little of it is held meanwhile."""

from __future__ import annotations

import base64
import io
import json
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.formparser import parse_form_data
from werkzeug.test import EnvironBuilder

from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.net.request_bodies import JsonBody, MultipartBody, encode_body
from patchbay.domain.errors import Transient
from patchbay.kit.contract import Base64File, HttpRequest, Upload
from tests.aws.servers import serving


def _request(json_body: object, url: str = "https://service.test/") -> HttpRequest:
    return HttpRequest(method="POST", url=url, json=json_body)


@given(st.lists(st.binary(max_size=300_000), min_size=1, max_size=3), st.text(max_size=20))
def test_files_in_json_arrive_whole_and_the_length_is_known_before(files: list[bytes], words: str) -> None:
    inlined = [Base64File(prefix="data:;base64,", size=len(file), stream=io.BytesIO(file)) for file in files]
    body = encode_body(_request({"text": words, "deep": {"files": inlined}}))
    assert isinstance(body, JsonBody)
    length = len(body)
    sent = b"".join(body)
    assert len(sent) == length
    read = json.loads(sent)
    assert read["deep"]["files"] == [f"data:;base64,{base64.b64encode(file).decode()}" for file in files]


def test_half_of_a_surrogate_pair_costs_a_character_and_not_the_message() -> None:
    assert encode_body(_request({"text": "hello \ud83d"})) == '{"text":"hello \ufffd"}'.encode()


#: As browsers escape them in a form. Whoever reads a form knows %22 and takes it for a quotation mark.
ESCAPED = str.maketrans({"\r": "%0D", "\n": "%0A", "\ud83d": "\ufffd"})
others = st.characters(exclude_categories=["Cs"], exclude_characters="\0\\")
odd_names = st.text(st.sampled_from('"\r\n;=-. äЖ😀') | others, min_size=1)


@given(st.binary(max_size=300_000), odd_names)
@example(b"\r\n--", 'a"; name="other"; x="')
@example(b"", "a\r\nContent-Type: text/html\r\n\r\n")
@example(b"x", "half \ud83d.png")
def test_a_file_in_a_form_arrives_whole_under_its_name_and_the_length_is_known_before(file: bytes, name: str) -> None:
    upload = Upload(field_name="f", name=name, content_type="image/png", size=len(file), stream=io.BytesIO(file))
    fields = {"caption": name, "markup": '{"a":["ä"]}'}
    body = encode_body(HttpRequest(method="POST", url="https://service.test/", upload=upload, form=fields))
    assert isinstance(body, MultipartBody)
    length = len(body)
    sent = b"".join(body)
    assert len(sent) == length

    environment = EnvironBuilder(method="POST", data=sent, content_type=body.content_type).get_environ()
    arrives_as = name.translate(ESCAPED).replace("%22", '"')
    _, form, files = parse_form_data(environment)
    with files["f"].stream as arrived:
        assert arrived.read() == file
    assert dict(form) == {"caption": name.replace("\ud83d", "\ufffd"), "markup": '{"a":["ä"]}'}
    assert list(files) == ["f"]
    assert (files["f"].filename, files["f"].content_type) == (arrives_as, "image/png")


@given(st.lists(st.binary(max_size=70_000), min_size=1, max_size=10))
def test_several_files_arrive_whole_side_by_side(contents: list[bytes]) -> None:
    uploads = [
        Upload(field_name=f"f{number}", name="a.png", content_type="image/png", size=len(file), stream=io.BytesIO(file))
        for number, file in enumerate(contents)
    ]
    request = HttpRequest(method="POST", url="https://service.test/", uploads=uploads, form={"caption": "ä"})
    body = encode_body(request)
    assert isinstance(body, MultipartBody)
    length, sent = len(body), b"".join(body)
    assert len(sent) == length
    environment = EnvironBuilder(method="POST", data=sent, content_type=body.content_type).get_environ()
    _, form, files = parse_form_data(environment)
    arrived = []
    for field in files:
        with files[field].stream as stream:
            arrived.append((field, stream.read()))
    assert (dict(form), arrived) == ({"caption": "ä"}, [(f"f{number}", file) for number, file in enumerate(contents)])


@pytest.mark.parametrize("kept", [b"", b"half"])
def test_a_copy_that_ends_early_is_nobodys_doubt(kept: bytes) -> None:
    """What was announced longer than it came is incomplete: no service acts on it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read()

    with serving(answer) as port:
        url = f"http://127.0.0.1:{port}/"
        upload = Upload(field_name="f", name="a", content_type="a/b", size=100_000, stream=io.BytesIO(kept))
        inlined = Base64File(size=100_000, stream=io.BytesIO(kept))
        for request in (_request([inlined], url), HttpRequest(method="POST", url=url, upload=upload)):
            with pytest.raises(Transient, match="ended early"):
                RequestsHttp(local=True).send(request)
