"""The front end as an application of a browser's."""

from xml.sax.saxutils import escape

from typing_extensions import TypedDict

from api.schemas.openwebui.start import NAME

BACKGROUND = "#343541"
"""The colour behind the front end before it is drawn."""

ICON, SIZES = "/static/logo.png", "500x500"


class IconAnswer(TypedDict):
    """A picture by which a device shows an application."""

    src: str
    type: str
    sizes: str
    purpose: str


class SharedParamsAnswer(TypedDict):
    """Under which name a shared text comes."""

    text: str


class ShareTargetAnswer(TypedDict):
    """Where other applications share texts to."""

    action: str
    method: str
    params: SharedParamsAnswer


class ManifestAnswer(TypedDict):
    """How a browser installs the front end, as W3C's Web Application Manifest has it."""

    name: str
    short_name: str
    description: str
    start_url: str
    display: str
    background_color: str
    icons: list[IconAnswer]
    share_target: ShareTargetAnswer


def present_manifest(root: str) -> ManifestAnswer:
    """Return the manifest of a front end at the path `root`, which has no slash at its end."""
    purposes = ("any", "maskable")
    return {
        "name": NAME,
        "short_name": NAME,
        "description": f"{NAME} answers questions about documents.",
        "start_url": f"{root}/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "icons": [
            {"src": root + ICON, "type": "image/png", "sizes": SIZES, "purpose": purpose}
            for purpose in purposes
        ],
        "share_target": {
            "action": f"{root}/",
            "method": "GET",
            "params": {"text": "shared"},
        },
    }


def written_search(address: str) -> str:
    """Return how one asks at an address, as an OpenSearch description document in XML."""
    at = escape(address, {'"': "&quot;"})
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>{NAME}</ShortName>
<Description>Ask {NAME}</Description>
<InputEncoding>UTF-8</InputEncoding>
<Image width="16" height="16" type="image/png">{at}/static/favicon.png</Image>
<Url type="text/html" method="get" template="{at}/?q={{searchTerms}}"/>
</OpenSearchDescription>
"""
