"""Changes as identity providers send them end as their senders mean."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.scim.conftest import ENTERPRISE, USERS, made, patched

pytestmark = pytest.mark.databases("sqlite")

WORK = 'emails[type eq "work"].value'
HOME = {"value": "home@example.org", "type": "home"}


def ended(provider: FlaskClient, *operations: Mapping[str, object], **more: object) -> Any:
    """Return what becomes of a person."""
    return patched(provider, made(provider, **more)["id"], *operations)


def test_an_operation_may_have_capitals(provider: FlaskClient) -> None:
    found = ended(provider, {"op": "Replace", "path": "displayName", "value": "Ada"})
    assert found["displayName"] == "Ada"


@pytest.mark.parametrize("value", ["False", "false", "FALSE", False])
def test_a_text_is_a_truth_value_where_the_schema_says_so(
    provider: FlaskClient, value: object
) -> None:
    found = ended(
        provider,
        {"op": "replace", "path": "active", "value": value},
        {"op": "replace", "path": "title", "value": "False"},
    )
    assert (found["active"], found["title"]) == (False, "False")


def test_keys_with_dots_are_paths(provider: FlaskClient) -> None:
    value = {"name.givenName": "Augusta", f"{ENTERPRISE}:department": "Engines", "shoeSize": 1}
    found = ended(provider, {"op": "replace", "value": value})
    assert found["name"] == {"givenName": "Augusta", "familyName": "Lovelace"}
    assert found[ENTERPRISE] == {"department": "Engines"}


@pytest.mark.parametrize("op", ["add", "replace"])
def test_an_address_that_is_described_is_made(provider: FlaskClient, op: str) -> None:
    operation = {"op": op, "path": WORK, "value": "work@example.org"}
    found = ended(provider, operation, emails=[HOME])
    assert found["emails"] == [HOME, {"type": "work", "value": "work@example.org"}]
    changed = patched(provider, found["id"], {**operation, "value": "other@example.org"})
    assert changed["emails"][1] == {"type": "work", "value": "other@example.org"}


def test_a_value_that_is_there_is_not_added_again(provider: FlaskClient) -> None:
    found = made(provider, emails=[HOME])
    again = patched(provider, found["id"], {"op": "add", "path": "emails", "value": [HOME]})
    assert again == found, "not even the version"


def test_a_filter_removes_what_it_finds(provider: FlaskClient) -> None:
    other = {"value": "x@example.org", "type": "other"}
    found = ended(
        provider, {"op": "remove", "path": 'emails[type eq "home"]'}, emails=[HOME, other]
    )
    assert found["emails"] == [other]
    same = patched(provider, found["id"], {"op": "remove", "path": 'emails[type eq "home"]'})
    assert same == found


@pytest.mark.parametrize("value", [[{"value": "home@example.org"}], HOME, "home@example.org"])
def test_a_removal_may_say_which_values(provider: FlaskClient, value: object) -> None:
    other = {"value": "x@example.org", "type": "other"}
    operation = {"op": "remove", "path": "emails", "value": value}
    assert ended(provider, operation, emails=[HOME, other])["emails"] == [other]


def test_an_extension_is_a_path_and_a_key(provider: FlaskClient) -> None:
    found = ended(provider, {"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": 7})
    assert found[ENTERPRISE] == {"employeeNumber": "7"}
    value = {ENTERPRISE: {"manager": {"value": found["id"]}}}
    found = patched(provider, found["id"], {"op": "add", "value": value})
    manager = {"manager": {"value": found["id"]}}
    assert found[ENTERPRISE] == {"employeeNumber": "7", **manager}
    path = f"{ENTERPRISE}:manager.value"
    found = patched(provider, found["id"], {"op": "replace", "path": path, "value": "x"})
    assert found[ENTERPRISE]["manager"] == {"value": "x"}
    found = patched(provider, found["id"], {"op": "remove", "path": ENTERPRISE})
    assert ENTERPRISE not in found
    assert ENTERPRISE not in found["schemas"]


def test_one_address_is_the_primary_one(provider: FlaskClient) -> None:
    primary = {**HOME, "primary": True}
    other = {"value": "x@example.org", "primary": True}
    found = ended(provider, {"op": "add", "path": "emails", "value": [other]}, emails=[primary])
    assert [one["primary"] for one in found["emails"]] == [False, True]


def test_a_part_of_all_values_and_of_chosen_ones(provider: FlaskClient) -> None:
    two = [HOME, {"value": "x@example.org", "type": "other"}]
    found = ended(
        provider,
        {"op": "add", "path": "emails.display", "value": "Ada"},
        {"op": "replace", "path": 'emails[value sw "X" and type eq "other"]', "value": HOME},
        {"op": "remove", "path": 'emails[type eq "home"].type'},
        emails=two,
    )
    shown = {"value": "home@example.org"}
    assert found["emails"] == [{**shown, "display": "Ada"}, shown]


def test_what_is_emptied_is_gone(provider: FlaskClient) -> None:
    found = ended(
        provider,
        {"op": "replace", "path": "title", "value": ""},
        {"op": "replace", "path": "nickName", "value": None},
        {"op": "remove", "path": "name.givenName"},
        {"op": "replace", "path": "emails", "value": []},
        title="Countess",
        nickName="Ada",
        emails=[HOME],
    )
    assert not {"title", "nickName", "emails"} & found.keys()
    assert found["name"] == {"familyName": "Lovelace"}


def test_what_is_removed_of_active_changes_nobody_s_standing(provider: FlaskClient) -> None:
    found = ended(provider, {"op": "remove", "path": "active"}, active=False)
    assert "active" not in found
    assert provider.get(f"{USERS}?filter=active eq false").json["totalResults"] == 1


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "replace", "path": "shoeSize", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "emails[", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "emails[type]", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": 'title[a eq "b"]', "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "name.first", "value": "Ada"}, "invalidPath"),
        ({"op": "replace", "path": f"{ENTERPRISE}:shoe", "value": "Ada"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[shoe eq "1"].value', "value": "x"}, "invalidFilter"),
        ({"op": "remove"}, "noTarget"),
        (
            {"op": "replace", "path": 'emails[type ne "x" or value pr].value', "value": "x"},
            "noTarget",
        ),
        ({"op": "replace", "value": "Ada"}, "invalidValue"),
        ({"op": "replace", "path": "active", "value": "maybe"}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": ""}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "x"}, "mutability"),
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    provider: FlaskClient, operation: Mapping[str, object], kind: str
) -> None:
    found = made(provider)
    before = {"op": "replace", "path": "title", "value": "Countess"}
    refused = patched(provider, found["id"], before, operation, status=400)
    assert refused["scimType"] == kind, refused
    assert provider.get(f"{USERS}/{found['id']}").json == found


def test_changes_are_needed(provider: FlaskClient) -> None:
    found = made(provider)
    for body in ({}, {"Operations": []}, {"Operations": {}}, {"Operations": [1]}):
        answer = provider.patch(f"{USERS}/{found['id']}", json=body)
        assert (answer.status_code, answer.json["scimType"]) == (400, "invalidSyntax")
        assert "Operations" in answer.json["detail"]
