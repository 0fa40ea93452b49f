"""Pictures that pages need no script for: what phones read."""

import segno


def qr(text: str) -> str:
    """Return a QR code as SVG, dark on light in every colour scheme, for a page to hold."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=5, dark="#000", light="#fff")
