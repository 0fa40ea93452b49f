"""People by SCIM: made, found, changed, deactivated and deleted."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import AccountRole
from api.services.accounts.values import Credentials
from tests.functional.conftest import Member, client_with, join
from tests.functional.refusing import refusing
from tests.functional.scim.conftest import ENTERPRISE, USER, USERS, made, patched, person

SCIM = "application/scim+json"


def test_a_person_is_an_account(provider: FlaskClient, services: Services) -> None:
    emails = [
        {"value": "home@example.org", "type": "home"},
        {"value": "Ada@Example.org", "type": "work"},
    ]
    answer = provider.post(
        USERS, json=person("ada", displayName="Ada L.", emails=emails), content_type=SCIM
    )
    assert (answer.status_code, answer.content_type) == (201, SCIM)
    found = answer.json
    assert answer.headers["Location"] == found["meta"]["location"]
    assert found["meta"]["location"].endswith(f"{USERS}/{found['id']}")
    assert answer.headers["ETag"] == found["meta"]["version"]
    assert found["schemas"] == [USER]
    assert (found["userName"], found["externalId"], found["active"]) == ("ada", "ext-ada", True)
    account = services.people.people.found(found["id"])
    assert (account.email, account.nickname) == ("ada@example.org", "Ada L.")
    assert account.role is AccountRole.USER
    assert provider.get(f"{USERS}/{found['id']}").json == found


def test_a_password_is_taken_and_never_shown(provider: FlaskClient, services: Services) -> None:
    found = made(provider, password="correct horse")
    assert "password" not in found
    accounts = services.sign_in.passwords
    assert accounts.sign_in(Credentials("ada@example.org", "correct horse")).token
    changed = patched(provider, found["id"], {"op": "replace", "path": "password", "value": "new"})
    assert "password" not in changed
    assert accounts.sign_in(Credentials("ada@example.org", "new")).token
    assert "password" not in provider.get(USERS).text


def test_what_is_missing_or_wrong_is_named(provider: FlaskClient) -> None:
    for body, word in (
        ({"schemas": [USER]}, "`userName` is required"),
        (person(""), "`userName` is required"),
        (person("ada", active="maybe"), "`active`"),
        ({**person("ada"), "name": "Ada"}, "`name`"),
        (person("ada", title=["Countess"]), "`title`"),
        (person("a" * 300), "`userName`"),
        (person("ada", title="a\0b"), "`title`"),
        (person("ada", emails=[{"value": f"{n}@example.org"} for n in range(101)]), "`emails`"),
    ):
        answer = provider.post(USERS, json=body)
        assert (answer.status_code, answer.json["scimType"]) == (400, "invalidValue"), answer.text
        assert word in answer.json["detail"]
        assert answer.json["status"] == "400"
    assert provider.get(USERS).json["totalResults"] == 1


def test_what_no_schema_has_is_left_out(provider: FlaskClient) -> None:
    found = made(provider, shoeSize=42, groups=[{"value": "x"}], id="mine", meta={"version": "1"})
    assert "shoeSize" not in found
    assert "groups" not in found
    assert found["id"] != "mine"


def test_names_are_taken_once(provider: FlaskClient, services: Services) -> None:
    join(services, "local@example.org")
    made(provider)
    for name in ("ada@example.org", "ADA@example.org", "local@example.org"):
        answer = provider.post(USERS, json=person(name))
        assert (answer.status_code, answer.json["scimType"]) == (409, "uniqueness")
    other = made(provider, "bob@example.org")
    emails = {"op": "add", "path": "emails", "value": [{"value": "ada@example.org"}]}
    refused = patched(provider, other["id"], emails, status=409)
    assert refused["scimType"] == "uniqueness"
    taken = provider.put(f"{USERS}/{other['id']}", json=person("Ada@example.org"))
    assert taken.status_code == 409
    assert provider.get(f"{USERS}/{other['id']}").json == other


@pytest.mark.databases("sqlite")
def test_that_a_name_is_taken_is_told_only_where_it_is_so(
    provider: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(provider)
    monkeypatch.setitem(provider.application.config, "PROPAGATE_EXCEPTIONS", value=False)
    with refusing(services, "INSERT ON scim_user"):
        assert provider.post(USERS, json=person("bob@example.org")).status_code == 500
    with refusing(services, "UPDATE ON scim_user"):
        other = person("eve@example.org")
        assert provider.put(f"{USERS}/{found['id']}", json=other).status_code == 500
    assert provider.get(USERS).json["totalResults"] == 2


def test_an_account_that_was_there_is_found_and_taken_over(
    provider: FlaskClient, services: Services
) -> None:
    local = join(services, "local@example.org").account
    [found] = provider.get(f'{USERS}?filter=userName eq "Local@example.org"').json["Resources"]
    assert (found["id"], found["displayName"]) == (local.id, "local")
    assert found["emails"] == [{"value": "local@example.org", "type": "work", "primary": True}]
    patched(provider, local.id, {"op": "add", "path": "externalId", "value": "7"})
    [again] = provider.get(f'{USERS}?filter=externalId eq "7"').json["Resources"]
    assert again["userName"] == "local@example.org"


def test_a_leaver_is_shut_out_at_once(
    app: Flask, provider: FlaskClient, services: Services
) -> None:
    found = made(provider, password="correct horse")
    account = services.people.people.found(found["id"])
    signed_in = services.sign_in.passwords.sign_in(Credentials(account.email, "correct horse"))
    client = client_with(app, signed_in.token)
    assert client.get("/api/v1/datasets").status_code == 200
    shown = patched(provider, found["id"], {"op": "Replace", "path": "active", "value": "False"})
    assert shown["active"] is False
    assert client.get("/api/v1/datasets").status_code == 401
    shown = patched(provider, found["id"], {"op": "replace", "value": {"active": True}})
    assert shown["active"] is True
    assert client.get("/api/v1/datasets").status_code == 401, "the old session has ended"


def test_the_last_administrator_stays(
    provider: FlaskClient, services: Services, administrator: Member
) -> None:
    root = administrator.account.id
    place = f"{USERS}/{root}"
    shut = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    for answer in (
        provider.delete(place),
        provider.patch(place, json=shut),
        provider.put(place, json=person("root@example.org", active=False)),
    ):
        assert (answer.status_code, answer.json["status"]) == (409, "409")
        assert "last administrator" in answer.json["detail"]
        assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert services.people.people.found(root).is_active
    other = join(services, "second@example.org").account.id
    services.people.people.set_role(other, AccountRole.ADMINISTRATOR)
    assert provider.delete(f"{USERS}/{other}").status_code == 204


def test_who_owns_nothing_is_deleted(provider: FlaskClient, services: Services) -> None:
    found = made(provider)
    place = f"{USERS}/{found['id']}"
    assert provider.delete(place).status_code == 204
    for answer in (provider.get(place), provider.delete(place), provider.put(place, json={})):
        assert (answer.status_code, answer.json["status"]) == (404, "404")
    assert [one.email for one in services.accounts.accounts.list_users()] == ["root@example.org"]
    made(provider)


def test_who_owns_something_is_kept_and_comes_back_to_it(
    app: Flask, provider: FlaskClient, services: Services
) -> None:
    found = made(provider, password="correct horse")
    user_id = found["id"]
    principal = services.accounts.accounts.list_users()[-1].principal
    client = client_with(app, services.accounts.keys.create(principal).key)
    assert client.post("/api/v1/datasets", json={"name": "hers"}).status_code == 200
    assert provider.delete(f"{USERS}/{user_id}").status_code == 204
    assert provider.get(f"{USERS}/{user_id}").status_code == 404
    assert provider.get(USERS).json["totalResults"] == 1
    assert client.get("/api/v1/datasets").status_code == 401
    back = made(provider)
    assert back["id"] == user_id
    assert [one["name"] for one in client.get("/api/v1/datasets").json["data"]] == ["hers"]
    assert not services.accounts.accounts.passwords.matches(
        services.accounts.accounts.password_hash(user_id), "correct horse"
    )


def test_a_put_says_all_but_whether_somebody_is_let_in(provider: FlaskClient) -> None:
    found = made(provider, title="Countess", active=False)
    body = person("ada@example.org")
    del body["active"]
    answer = provider.put(f"{USERS}/{found['id']}", json=body)
    assert answer.status_code == 200
    assert "title" not in answer.json
    assert answer.json["active"] is False


def test_the_name_of_an_account_follows(provider: FlaskClient, services: Services) -> None:
    found = made(provider)
    assert services.people.people.found(found["id"]).nickname == "Ada Lovelace"
    change = {"op": "replace", "value": {"displayName": "Countess", "userName": "c@example.org"}}
    patched(provider, found["id"], change)
    account = services.people.people.found(found["id"])
    assert (account.nickname, account.email) == ("Countess", "c@example.org")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('userName eq "ADA@example.org"', "ada"),
        ('userName ne "ada@example.org"', "bob eve root"),
        ('userName sw "b" or userName ew "E@example.org"', "bob eve"),
        ('externalId eq "ext-bob@example.org"', "bob"),
        ('externalId eq "EXT-bob@example.org"', ""),
        ("active eq false", "eve"),
        ('active eq "True" and not (userName co "o")', ""),
        ('emails[type eq "work" and value eq "ada@example.org"]', "ada"),
        ('emails.value eq "ada@example.org"', "ada"),
        ("externalId pr and (active eq true)", "ada bob"),
        ('displayName eq "root"', "root"),
        ('displayName co "%"', ""),
        ('meta.created gt "2020-01-01T00:00:00Z"', "ada bob eve root"),
        ('meta.lastModified lt "2020-01-01T00:00:00Z"', ""),
        (f'{USER}:userName eq "ada@example.org"', "ada"),
        ("userName eq null", ""),
    ],
)
def test_people_are_found(provider: FlaskClient, query: str, names: str) -> None:
    for name in ("ada", "bob"):
        made(provider, f"{name}@example.org")
    made(provider, "eve@example.org", active=False)
    answer = provider.get(USERS, query_string={"filter": query, "sortBy": "userName"})
    assert answer.status_code == 200, answer.text
    found = [one["userName"].partition("@")[0] for one in answer.json["Resources"]]
    assert (found, answer.json["totalResults"]) == (names.split(), len(names.split()))
    searched = provider.post(f"{USERS}/.search", json={"filter": query, "sortBy": "userName"})
    assert searched.json == answer.json


@pytest.mark.parametrize(
    "query",
    [
        "userName",
        'userName eq "a" and',
        'userName is "a"',
        'userName eq "a',
        "userName eq a",
        "(" * 30 + 'userName eq "a"' + ")" * 30,
        'userName eq "a" )',
        'title eq "Countess"',
        "active gt true",
        'meta.created gt "yesterday"',
        'meta.created co "2026"',
        'emails[value eq "a"',
        "x" * 4090,
        'eq "a" and and',
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(provider: FlaskClient, query: str) -> None:
    answer = provider.get(USERS, query_string={"filter": query})
    assert (answer.status_code, answer.json["scimType"]) == (400, "invalidFilter"), answer.text
    assert provider.get(USERS, query_string={"sortBy": "title"}).status_code == 400


def test_pages_and_orders(provider: FlaskClient) -> None:
    for number in range(5):
        made(provider, f"u{number}@example.org")
    wanted = {"startIndex": 3, "count": 2, "sortBy": "userName", "sortOrder": "descending"}
    page = provider.get(USERS, query_string=wanted).json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (6, 3, 2)
    assert [one["userName"][:2] for one in page["Resources"]] == ["u2", "u1"]
    nothing = provider.get(USERS, query_string={"count": 0}).json
    assert (nothing["totalResults"], nothing["Resources"]) == (6, [])
    early = provider.get(USERS, query_string={"startIndex": -3, "count": -1}).json
    assert (early["startIndex"], early["itemsPerPage"]) == (1, 0)
    assert provider.get(USERS, query_string={"count": "many"}).json["scimType"] == "invalidSyntax"


def test_attributes_are_shown_as_asked(provider: FlaskClient) -> None:
    department = {ENTERPRISE: {"department": "Engines", "costCenter": "1"}}
    found = made(provider, emails=[{"value": "ada@example.org", "type": "work"}], **department)
    place = f"{USERS}/{found['id']}"

    def shown(**query: str) -> dict[str, object]:
        asked: dict[str, object] = provider.get(place, query_string=query).json
        return asked

    asked = shown(attributes=f"userName,name.givenName,emails.value,{ENTERPRISE}:department")
    assert asked == {
        "schemas": [USER, ENTERPRISE],
        "id": found["id"],
        "userName": "ada@example.org",
        "name": {"givenName": "Ada"},
        "emails": [{"value": "ada@example.org"}],
        ENTERPRISE: {"department": "Engines"},
    }
    assert shown(attributes=f"{USER}:USERNAME").keys() == {"schemas", "id", "userName"}
    rest = shown(excludedAttributes="name.givenName,emails,id,meta")
    assert rest["name"] == {"familyName": "Lovelace"}
    assert rest["id"] == found["id"]
    assert not {"emails", "meta"} & rest.keys()


def test_versions(provider: FlaskClient) -> None:
    found = made(provider)
    place, version = f"{USERS}/{found['id']}", found["meta"]["version"]
    assert provider.get(place, headers={"If-None-Match": version}).status_code == 304
    same = patched(provider, found["id"], {"op": "replace", "path": "active", "value": True})
    assert same["meta"] == found["meta"], "nothing has changed"
    body = {"Operations": [{"op": "replace", "path": "title", "value": "Countess"}]}
    changed = provider.patch(place, json=body, headers={"If-Match": f'"other", {version}'})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != version
    for answer in (
        provider.patch(place, json=body, headers={"If-Match": version}),
        provider.put(place, json=person("ada@example.org"), headers={"If-Match": version}),
        provider.delete(place, headers={"If-Match": version}),
        provider.delete(place, headers={"If-Match": "nonsense"}),
    ):
        assert (answer.status_code, answer.json["status"]) == (412, "412")
    assert provider.get(place, headers={"If-None-Match": version}).status_code == 200
    assert provider.delete(place, headers={"If-Match": "*"}).status_code == 204


def test_a_key_for_scim_is_no_way_to_administer(
    provider: FlaskClient, services: Services, administrator: Member
) -> None:
    root = administrator.account.id
    for path, value in (
        ("password", "mine"),
        ("emails", [{"value": "mine@example.org", "primary": True}]),
    ):
        refused = patched(provider, root, {"op": "add", "path": path, "value": value}, status=400)
        assert refused["scimType"] == "mutability"
    assert provider.get("/api/v1/users").status_code == 403
    assert services.people.people.found(root).email == "root@example.org"
    assert patched(provider, root, {"op": "add", "path": "title", "value": "Keeper"})["title"]


def test_only_administrators_come_by(client: FlaskClient, anonymous: FlaskClient) -> None:
    refused = client.get(USERS)
    assert (refused.status_code, refused.mimetype) == (403, SCIM)
    assert "administrators" in refused.json["detail"]
    unknown = anonymous.get(USERS)
    assert (unknown.status_code, unknown.json["status"]) == (401, "401")
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer")
