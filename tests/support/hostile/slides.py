"""Presentations that show one slide again and again, or tables in tables."""

from tests.support.hostile.packages import (
    DRAWING,
    RELATIONS,
    chart,
    package,
    relations,
    times,
    words,
)

_PRESENTATION = "http://schemas.openxmlformats.org/presentationml/2006/main"
_SPACES = f'xmlns:p="{_PRESENTATION}" xmlns:a="{DRAWING}" xmlns:r="{RELATIONS}"'


def _shape(text: str) -> str:
    return f"<p:sp><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def presentation(slide: str, shown: int = 1, **parts: str) -> bytes:
    """Return a presentation of one slide, shown some times, and of the parts that it relates to."""
    marks = "".join(f'<p:sldId id="{256 + number}" r:id="r1"/>' for number in range(shown))
    links = ((f"r{name}", name, f"{name}.xml") for name in parts)
    return package(
        {
            "ppt/presentation.xml": f"<p:presentation {_SPACES}><p:sldIdLst>{marks}</p:sldIdLst>"
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations([("r1", "slide", "slides/slide1.xml")]),
            "ppt/slides/slide1.xml": f"<p:sld {_SPACES}><p:cSld><p:spTree>{slide}</p:spTree>"
            "</p:cSld></p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": relations(links),
            **{f"ppt/slides/{name}.xml": content for name, content in parts.items()},
        }
    )


def repeated_slide(scale: float) -> bytes:
    """Show a slide of 107,000 letters 4,000 times."""
    return presentation(_shape(words(107_000)), times(scale, 4000))


def tiny_repeated_slide(scale: float) -> bytes:
    """Show a slide of one letter 20,000 times."""
    return presentation(_shape("a"), times(scale, 20_000))


def nested_tables(scale: float) -> bytes:
    """Nest 48 tables (libxml reads no deeper), with some text in each."""
    depth = min(times(scale, 48), 48)
    text = f"<a:txBody><a:p><a:r><a:t>{words(180)}</a:t></a:r></a:p></a:txBody>"
    opening = f"<a:tbl><a:tr><a:tc>{text}"
    closing = f"</a:tc><a:tc>{text}</a:tc></a:tr></a:tbl>"
    tables = opening * depth + closing * depth
    return presentation(f"<p:graphicFrame>{tables}</p:graphicFrame>")


def frames(scale: float) -> bytes:
    """Write 1,000 frames, each with a chart of its own name."""
    number = times(scale, 1000)
    marks = "".join(
        f'<p:graphicFrame><c:chart xmlns:c="urn:c" r:id="r{index}"/></p:graphicFrame>'
        for index in range(number)
    )
    links = [(f"r{index}", "chart", "chart.xml") for index in range(number)]
    parts = {"ppt/slides/_rels/slide1.xml.rels": relations(links)}
    return package(
        {
            "ppt/presentation.xml": f"<p:presentation {_SPACES}><p:sldIdLst>"
            '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations([("r1", "slide", "slides/slide1.xml")]),
            "ppt/slides/slide1.xml": f"<p:sld {_SPACES}>{_shape('text')}{marks}</p:sld>",
            "ppt/slides/chart.xml": chart(36),
            **parts,
        }
    )
