"""What can be wrong with what a client of SCIM asks: RFC 7644, table 9."""

from api.errors import ArgumentError, ConflictError


class InvalidFilterError(ArgumentError):
    """A filter cannot be read, or compares something that is not compared here."""


class InvalidPathError(ArgumentError):
    """A path of a change is malformed, or names an attribute that there is not."""


class NoTargetError(ArgumentError):
    """A path of a change names no value that there is."""


class InvalidValueError(ArgumentError):
    """A value is missing, or is none that its attribute can have."""


class MutabilityError(ArgumentError):
    """An attribute is to be changed that clients do not change."""


class StaleVersionError(ConflictError):
    """The resource is no longer in the version that `If-Match` names."""

    form = "The resource has been changed meanwhile: read it again, and send the change anew."
