"""Pictures that are drawn for answers in chats."""

from api.services.accounts.records import Principal
from api.services.plugins.opening import Hear
from api.services.stores.pictures import PictureService
from api.services.stores.references import shown_id

SHOWN = (
    "A picture that fits the last message was drawn, and is shown to the reader beside your answer."
    " Say so in a sentence; do not describe how to draw it, and put in no link."
)
FAILED = "A picture was wanted for the last message, and there is none: {} Say so in a sentence."


def pictured(pictures: PictureService, asker: Principal, prompt: str, hear: Hear) -> str:
    """Have a picture drawn and told of, or why there is none; return what a model is told of it."""
    hear(said("A picture is being drawn.", is_over=False))
    found, problem = pictures.try_to_draw(asker, prompt)
    if problem:
        hear(said(f"There is no picture: {problem}", is_over=True))
        return FAILED.format(problem)
    files = [
        {
            "type": "image",
            "id": shown_id(one.id),
            "name": one.name,
            "url": f"/api/v1/files/{shown_id(one.id)}/content",
        }
        for one in found
    ]
    hear({"type": "files", "data": {"files": files}})
    hear(said("A picture was drawn.", is_over=True))
    return SHOWN


def said(description: str, *, is_over: bool) -> dict[str, object]:
    """Return an event with what clients show above an answer."""
    return {"type": "status", "data": {"description": description, "done": is_over}}
