"""Commands about people and keys, in this process: what they do, and what the log has of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from api.cli.access import Access
from api.cli.commands.accounts import keys, users
from api.cli.commands.config import config
from api.cli.commands.groups import groups
from api.cli.commands.members import members
from api.container import Services
from api.services.accounts.records import AccountRole, Principal
from api.services.auditing.records import AuditFilter, Entry, Outcome
from tests.functional.conftest import PASSWORD, Member, client_with, credentials_of, join
from tests.functional.library import API, code_of, data_of, refused
from tests.functional.sdk.test_second_factor import set_up, sign_in

pytestmark = pytest.mark.databases("sqlite")

COMMANDS = {"keys": keys, "users": users, "config": config, "groups": groups, "members": members}

Run = Callable[..., Result]


@pytest.fixture
def run(services: Services, member: Member) -> Run:
    """Return what runs a command on the server's database, of which the member is administrator."""
    services.people.people.set_role(member.account.id, AccountRole.ADMINISTRATOR)

    def call(name: str, *words: str, status: int = 0, **more: Any) -> Result:
        access = Access()
        vars(access)["services"] = services
        done = CliRunner().invoke(
            COMMANDS[name], words, obj=access, prog_name=f"raglan {name}", **more
        )
        assert done.exit_code == status, (done.output, done.exception)
        return done

    return call


def entries(services: Services) -> list[Entry]:
    """Return what the audit log has, the oldest first."""
    found = services.auditing.audit.list_entries(Principal("", ""), AuditFilter())
    return [one.entry for one in reversed(found)]


def test_what_decides_who_may_do_what_is_in_the_log(
    services: Services, run: Run, tmp_path: Path
) -> None:
    join(services, "nia@example.org")
    key = run("keys", "create", "a name", "--email", "nia@example.org").output.strip()
    run("keys", "revoke", key, "--email", "nia@example.org")
    run("keys", "rotate-signing")
    run("users", "create", "Mia@example.org", "--password", "a long password")
    run("users", "set-password", "mia@example.org", input="another long one\n")
    run("users", "set-role", "mia@example.org", "administrator")
    run("users", "deactivate", "mia@example.org")
    run("groups", "create", "Support", "nia@example.org")
    run("groups", "permissions", "Support", "keys")
    run("members", "add", "nia@example.org")
    run("config", "set", "oidc.client_secret", "what nobody may read")
    run("config", "set", "retrieval.top_k", "77")
    file = tmp_path / "settings.yaml"
    file.write_text("retrieval: {top_k: 66}\n")
    run("config", "import", str(file))
    run("users", "delete", "mia@example.org", "--yes")
    run("users", "end-sessions", "nobody@example.org", status=1)
    run("users", "create", "mia@example.org", "--role", "king", status=2)
    run("users", "list")
    run("keys", "list")
    found = entries(services)
    assert [(one.action, one.kind) for one in found] == [
        ("cli_keys.create", "keys"),
        ("cli_keys.revoke", "keys"),
        ("cli_keys.rotate-signing", "keys"),
        ("cli_users.create", "people"),
        ("cli_users.set-password", "people"),
        ("cli_users.set-role", "people"),
        ("cli_users.deactivate", "people"),
        ("cli_groups.create", "permissions"),
        ("cli_groups.permissions", "permissions"),
        ("cli_members.add", "permissions"),
        ("cli_config.set", "settings"),
        ("cli_config.set", "settings"),
        ("cli_config.import", "settings"),
        ("cli_users.delete", "people"),
        ("cli_users.end-sessions", "people"),
    ]
    assert [one.outcome for one in found] == [Outcome.DONE] * 14 + [Outcome.REFUSED]
    assert {(one.address, one.path.partition(" ")[0]) for one in found} == {
        ("command line", "raglan")
    }
    assert all(one.credential.startswith("user:") for one in found)
    assert found[3].account == "mia@example.org"
    told = [json.loads(one.detail)["request"] for one in found]
    assert told[11] == {"retrieval.top_k": "77"}
    written = json.dumps(told)
    for secret in (key, "a long password", "another long one", "what nobody may read"):
        assert secret not in written


def test_rotated_keys_sign_and_at_once_ends_what_others_have_signed(
    app: Flask, services: Services, run: Run, member: Member
) -> None:
    def is_in(token: str) -> bool:
        return client_with(app, token).get(f"{API}/datasets").status_code == 200

    first = services.sign_in.tokens.sign_in(credentials_of(member))
    run("keys", "rotate-signing")
    second = services.sign_in.tokens.sign_in(credentials_of(member))
    assert (is_in(first.access), is_in(second.access)) == (True, True)
    run("keys", "rotate-signing", "--at-once")
    services.sign_in.signing.read()  # as each process does within five seconds
    assert (is_in(first.access), is_in(second.access)) == (False, False)
    assert is_in(services.sign_in.tokens.refresh(first.refresh).access)


def test_a_lost_second_factor_is_removed(
    run: Run, client: FlaskClient, anonymous: FlaskClient, member: Member
) -> None:
    set_up(client)
    assert "as `code`" in refused(sign_in(anonymous), 401, 109)
    assert run("users", "reset-second-factor", member.account.email).output == "Reset.\n"
    assert code_of(sign_in(anonymous)) == 0
    assert PASSWORD not in run("users", "reset-second-factor", "nobody@b.cd", status=1).output


def test_a_key_of_some_doors_and_nouns_opens_nothing_else(app: Flask, run: Run) -> None:
    made = run("keys", "create", "narrow", "--door", "rest", "--noun", "datasets", "--note", "why")
    narrow = client_with(app, made.output.strip())
    assert data_of(narrow.get(f"{API}/datasets")) == []
    for page in (f"{API}/chats", "/v1/models"):
        assert narrow.get(page).status_code in {401, 403}, page
    assert code_of(narrow.post("/v1/kb/list", json={})) != 0
    assert "no door" in run("keys", "create", "--door", "no door", status=2).output
