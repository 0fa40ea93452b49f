"""An hour of figures, and what helps others to help."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only, reads_only
from api.http.context import services
from api.schemas.sdk.support import present_figures, present_support

blueprint = Blueprint("support", __name__)


@blueprint.get("/system/figures")
@reads_only
@api_key_required
def figures() -> Response:
    """Show what the last hour brought, minute by minute."""
    return success(present_figures(services().operations.figures.hour()))


@blueprint.get("/system/support")
@api_key_required
@operators_only
def support() -> Response:
    """Show what somebody needs who looks into a trouble: parts, workers, settings, warnings."""
    operations = services().operations
    settings = services().configuration.settings.told().settings
    hour, status = operations.figures.hour(), operations.system.status()
    system = operations.system
    warnings = system.warnings(), system.warnings_of_others()
    return success(present_support(system.version, status, hour, settings, *warnings))
