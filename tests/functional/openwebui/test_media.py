"""Speech and pictures, by an endpoint of the settings."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from urllib3 import encode_multipart_formdata

from api.container import Services
from tests.functional.identity.test_providers import change
from tests.functional.openwebui.front import Front
from tests.model_endpoint import ModelEndpoint, Reply, event, serve, stream

pytestmark = pytest.mark.databases("sqlite")

AUDIO, IMAGES = "/api/v1/audio", "/api/v1/images"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
DONE = b"data: [DONE]\n\n"


@pytest.fixture(scope="module")
def model_process() -> Iterator[ModelEndpoint]:
    """Run an endpoint that speaks, hears and draws."""
    with serve() as found:
        yield found


@pytest.fixture
def speaker(model_process: ModelEndpoint, services: Services) -> ModelEndpoint:
    """Return the endpoint, which the settings name."""
    model_process.forget()
    key = SecretStr("secret-key")
    change(
        services,
        audio={"speech_base_url": model_process.url, "speech_api_key": key},
        worker={"speech_base_url": model_process.url, "speech_api_key": key},
        images={"base_url": model_process.url, "api_key": key, "size": "512x512"},
    )
    return model_process


def sound(content: bytes = b"ID3 sound", **more: Any) -> Reply:
    """Return a reply with speech."""
    return Reply(pieces=[content], content_type="audio/mpeg", **more)


def pictures(*found: Mapping[str, str], status: int = 200) -> Reply:
    """Return a reply with pictures."""
    return Reply(status, [json.dumps({"data": found}).encode()])


def plain(content: bytes = PNG) -> dict[str, str]:
    """Return a picture within an answer."""
    return {"b64_json": b64encode(content).decode()}


def test_without_an_endpoint_all_is_off_and_says_which_setting_is_missing(
    web: FlaskClient,
) -> None:
    config = web.get("/api/config").json
    assert config["features"]["enable_image_generation"] is False
    assert (config["audio"]["tts"]["engine"], config["audio"]["stt"]["engine"]) == ("", "")
    form = {"file": (BytesIO(b"x"), "a.mp3")}
    for answer, setting in (
        (web.post(f"{AUDIO}/speech", json={"input": "x"}), "audio.speech_base_url"),
        (web.post(f"{AUDIO}/transcriptions", data=form), "worker.speech_base_url"),
        (web.post(f"{IMAGES}/generations", json={"prompt": "x"}), "images.base_url"),
    ):
        assert (answer.status_code, setting in answer.json["detail"]) == (501, True)
    assert web.get(f"{AUDIO}/voices").json == {"voices": []}
    assert web.get(f"{AUDIO}/models").json == {"models": []}
    assert web.get(f"{IMAGES}/models").json == []


def test_a_text_is_read_aloud_once_and_sent_again_to_the_signed_in(
    web: FlaskClient, other: FlaskClient, anonymous: FlaskClient, speaker: ModelEndpoint
) -> None:
    speaker.script.append(sound())
    wanted = {"input": "At dusk.", "voice": "echo", "speed": 1.5}
    for client in (web, other):
        answer = client.post(f"{AUDIO}/speech", json=wanted)
        assert (answer.data, answer.content_type) == (b"ID3 sound", "audio/mpeg")
    [asked] = speaker.received
    assert asked.path == "/v1/audio/speech"
    assert asked.headers["Authorization"] == "Bearer secret-key"
    assert asked.body == {
        "model": "tts-1",
        "response_format": "mp3",
        **wanted,
    }
    speaker.script.append(sound(b"ID3 other"))
    assert web.post(f"{AUDIO}/speech", json=wanted | {"voice": "nova"}).data == b"ID3 other"
    assert anonymous.get("/cache/audio/speech/x.mp3").status_code == 401
    assert web.get(f"/cache/audio/speech/{'0' * 64}.mp3").status_code == 404
    assert web.get("/cache/audio/speech/..%2f..%2fraglan.db").status_code == 404
    assert web.get("/api/config").json["audio"]["tts"]["engine"] == "openai"
    assert {"id": "alloy", "name": "alloy"} in web.get(f"{AUDIO}/voices").json["voices"]


def test_speech_that_is_kept_is_found_by_its_name_and_goes_when_there_is_too_much(
    web: FlaskClient, services: Services, speaker: ModelEndpoint
) -> None:
    speech = services.webui.media.speech
    speaker.script.append(sound(b"ID3 first"))
    web.post(f"{AUDIO}/speech", json={"input": "one"})
    [kept] = speech.kept.folder.iterdir()
    assert web.get(f"/cache/audio/speech/{kept.name}").data == b"ID3 first"
    change(services, audio={"cache_bytes": 10})
    speaker.script.append(sound(b"ID3 next"))
    web.post(f"{AUDIO}/speech", json={"input": "two"})
    assert [one.read_bytes() for one in speech.kept.folder.iterdir()] == [b"ID3 next"]


def test_an_endpoint_that_fails_is_told_and_nothing_of_it_is_kept(
    web: FlaskClient, services: Services, speaker: ModelEndpoint
) -> None:
    refusal = json.dumps({"error": {"message": "no such voice"}}).encode()
    for reply, status, said in (
        (Reply(400, [refusal]), 400, "no such voice"),
        (Reply(500, [b"{}"]), 503, "500"),
        (Reply(pieces=[b'{"fine": 1}']), 503, "no sound"),
        (sound(b"ID3", cut=True), 503, "broke off"),
    ):
        speaker.script.append(reply)
        answer = web.post(f"{AUDIO}/speech", json={"input": "x"})
        assert (answer.status_code, said in answer.json["detail"]) == (status, True), answer.text
        assert "secret-key" not in answer.text
    assert not services.webui.media.speech.kept.folder.exists()
    for wrong in (
        {"input": ""},
        {"input": "x", "response_format": "opus"},
        {"input": "x" * 10_001},
    ):
        answer = web.post(f"{AUDIO}/speech", json=wrong)
        assert (answer.status_code, next(reversed(wrong)) in answer.json["detail"]) == (422, True)


def test_a_recording_is_written_down(web: FlaskClient, speaker: ModelEndpoint) -> None:
    said = [{"start": 0, "end": 1, "text": " At "}, {"start": 1, "end": 2, "text": "dusk."}]
    speaker.script.append(Reply(pieces=[json.dumps({"segments": said}).encode()]))
    form = {"file": (BytesIO(b"sound"), "x/memo.webm"), "language": "de"}
    answer = web.post(f"{AUDIO}/transcriptions", data=form)
    assert answer.json == {"text": "At dusk.", "filename": "memo.webm"}
    sent = speaker.received[-1].body["form"]
    for part in ('name="language"', "\r\nde\r\n", "whisper-1", 'filename="memo.webm"', "sound"):
        assert part in sent
    speaker.script.append(Reply(500, [b"{}"]))
    failed = web.post(f"{AUDIO}/transcriptions", data={"file": (BytesIO(b"s"), "a.mp3")})
    assert (failed.status_code, "busy" in failed.json["detail"]) == (503, True)


def test_recordings_of_other_kinds_and_too_long_ones_are_refused(
    web: FlaskClient, speaker: ModelEndpoint
) -> None:
    for content, name, status in (
        (b"x", "a.exe", 415),
        (b"", "a.mp3", 400),
    ):
        answer = web.post(f"{AUDIO}/transcriptions", data={"file": (BytesIO(content), name)})
        assert answer.status_code == status, answer.text
    assert web.post(f"{AUDIO}/transcriptions", data={"language": "de"}).status_code == 400
    long, kind = encode_multipart_formdata([("file", ("a.wav", bytes((24 << 20) + 1)))])
    refused = web.post(f"{AUDIO}/transcriptions", data=long, content_type=kind)
    assert (refused.status_code, "24 MB" in refused.json["detail"]) == (413, True)
    assert speaker.received == []


def test_pictures_are_drawn_and_kept_as_files(
    web: FlaskClient, other: FlaskClient, speaker: ModelEndpoint
) -> None:
    assert web.get("/api/config").json["features"]["enable_image_generation"] is True
    speaker.script.append(pictures(plain(), plain(b"\xff\xd8\xff0")))
    found = web.post(f"{IMAGES}/generations", json={"prompt": "A lamp.", "n": 2}).json
    assert [one["content_type"] for one in found] == ["image/png", "image/jpeg"]
    assert web.get(found[0]["url"]).data == PNG
    assert other.get(found[0]["url"]).status_code == 404
    assert speaker.received[-1].body == {
        "prompt": "A lamp.",
        "n": 2,
        "size": "512x512",
        "response_format": "b64_json",
    }
    unknown = json.dumps({"error": {"message": "Unknown parameter: 'response_format'."}}).encode()
    speaker.script += [Reply(400, [unknown]), pictures(plain())]
    assert len(web.post(f"{IMAGES}/generations", json={"prompt": "A lamp."}).json) == 1
    assert "response_format" not in speaker.received[-1].body
    for wrong in (
        {"prompt": "x", "n": 9},
        {"prompt": "x", "size": "big"},
        {"prompt": "x", "steps": 5},
    ):
        answer = web.post(f"{IMAGES}/generations", json=wrong)
        assert (answer.status_code, next(reversed(wrong)) in answer.json["detail"]) == (422, True)
    for reply in (pictures(), pictures({"b64_json": "!"}), pictures({"url": "file:///etc/passwd"})):
        speaker.script.append(reply)
        assert web.post(f"{IMAGES}/generations", json={"prompt": "x"}).status_code == 503
    speaker.script.append(pictures({"url": f"{speaker.url}/picture.png"}))
    refused = web.post(f"{IMAGES}/generations", json={"prompt": "x"})  # of the server's network
    assert refused.status_code in {400, 403, 422, 502}, refused.text


def test_pictures_are_changed_that_are_sent_or_kept(
    web: FlaskClient, other: FlaskClient, speaker: ModelEndpoint
) -> None:
    speaker.script.append(pictures(plain()))
    [made] = web.post(f"{IMAGES}/generations", json={"prompt": "A lamp."}).json
    sent = f"data:image/png;base64,{b64encode(PNG).decode()}"
    for image in (sent, made["url"], made["id"], [sent, made["url"]]):
        speaker.script.append(pictures(plain()))
        answer = web.post(f"{IMAGES}/edit", json={"image": image, "prompt": "Light it."})
        assert answer.status_code == 200, answer.text
        form = speaker.received[-1].body["form"]
        name = 'name="image[]"' if isinstance(image, list) else 'name="image"'
        assert form.count(name) == (2 if isinstance(image, list) else 1)
        assert "Light it." in form
    stolen = other.post(f"{IMAGES}/edit", json={"image": made["url"], "prompt": "x"})
    assert stolen.status_code == 404


def test_what_is_no_picture_is_not_sent_to_be_changed(
    web: FlaskClient, speaker: ModelEndpoint
) -> None:
    for image in ("data:image/png;base64,eA==", "data:image/png;base64,!", "/etc/passwd", "x"):
        answer = web.post(f"{IMAGES}/edit", json={"image": image, "prompt": "x"})
        assert (answer.status_code, "image" in answer.json["detail"]) == (400, True), image
    gone = {"image": f"/api/v1/files/{'0' * 32}/content", "prompt": "x"}
    assert web.post(f"{IMAGES}/edit", json=gone).status_code == 404
    assert speaker.received == []


def test_administrators_see_and_change_the_endpoints(
    admin: FlaskClient, web: FlaskClient, speaker: ModelEndpoint
) -> None:
    for address in (f"{AUDIO}/config", f"{IMAGES}/config", f"{IMAGES}/config/url/verify"):
        assert web.get(address).status_code == 403
    shown = admin.get(f"{AUDIO}/config").json
    assert shown["tts"]["OPENAI_API_BASE_URL"] == speaker.url
    assert "secret-key" not in json.dumps([shown, admin.get(f"{IMAGES}/config").json])
    speaker.script.append(Reply(pieces=[b'{"data": []}']))
    assert admin.get(f"{IMAGES}/config/url/verify").json is True
    other = admin.post(f"{AUDIO}/config/update", json={"tts": {"ENGINE": "azure"}})
    assert (other.status_code, "azure" in other.json["detail"]) == (501, True)


def test_a_picture_is_drawn_for_an_answer_in_a_chat(
    front: Front, services: Services, speaker: ModelEndpoint
) -> None:
    model = {"chat_base_url": speaker.url, "chat_model": "talker@Endpoint"}
    change(services, models=model)
    speaker.script += [pictures(plain()), stream(event(content="Here."), DONE)]
    chat = front.ask("Draw a lamp", features={"image_generation": True})
    [[file]] = [told["files"] for told in front.told("files")]
    assert (file["type"], file["url"].startswith("/api/v1/files/")) == ("image", True)
    assert front.descriptions() == ["A picture is being drawn.", "A picture was drawn."]
    kept = front.answer(chat)
    assert (kept["files"], kept["content"]) == ([file], "Here.")
    assert "was drawn" in json.dumps(speaker.received[-1].body)
    speaker.script += [Reply(500, [b"{}"]), stream(event(content="Sorry."), DONE)]
    failed = front.ask("Draw a ship", features={"image_generation": True})
    assert front.told("files") == []
    assert "There is no picture" in front.descriptions()[-1]
    assert front.answer(failed)["content"] == "Sorry."
