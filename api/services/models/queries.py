"""The statements about models and the accounts of tenants at their providers."""

from collections.abc import Mapping

from peewee import Database, IntegrityError, Model

from api.db.base import new_id, now_ms
from api.db.models.account import ModelOff, ProviderCredential, TenantModel
from api.db.rows import delete_rows
from api.db.sql import rows
from api.services.accounts.grant_queries import GRANTED_SQL, forget_things
from api.services.accounts.records import Principal
from api.services.models.records import (
    AddedModel,
    DefaultModels,
    GrantedModel,
    OwnModel,
    ProviderAccount,
)
from api.things import Kind
from rag.llm.base import ModelType

# Written out, as building them takes longer than running them and many questions need them.
DEFAULTS_SQL = "SELECT llm_id, embd_id, rerank_id FROM tenant WHERE id = ?"

MODELS_SQL = (
    "SELECT provider, name, type, context, base_url, api_key_encrypted"
    " FROM tenant_model WHERE tenant_id = ?"
)

ACCOUNTS_SQL = (
    "SELECT provider, base_url, api_key_encrypted FROM provider_credential WHERE tenant_id = ?"
)

ADDED_SQL = "SELECT id, tenant_id, type FROM tenant_model"

OFF_SQL = "SELECT provider, name FROM model_off WHERE tenant_id = ?"

OFF = """EXISTS (
    SELECT 1 FROM model_off o
    WHERE o.tenant_id = m.tenant_id AND o.provider = m.provider AND o.name = m.name)
"""

ALL_GRANTED = f" FROM tenant_model m WHERE m.id IN ({GRANTED_SQL}) AND m.tenant_id <> ?"
"""The models of others that are granted to somebody."""

GRANTED_MODELS = f"{ALL_GRANTED} AND NOT {OFF}"
"""Those of them that are not switched off."""

ADMINISTRATOR_SQL = "SELECT 1 FROM account WHERE id = ? AND is_superuser"


def default_models(database: Database, tenant_id: str) -> DefaultModels:
    """Return the models that a tenant uses by default."""
    found = rows(database, DEFAULTS_SQL, tenant_id)
    return DefaultModels._make(found[0]) if found else DefaultModels("", "", "")


def own_models(database: Database, tenant_id: str) -> list[OwnModel]:
    """Return the models that a tenant has added, by name."""
    return [
        OwnModel._make(row) for row in rows(database, f"{MODELS_SQL} ORDER BY name, id", tenant_id)
    ]


def own_model(
    database: Database, tenant_id: str, provider: str, name: str, kind: ModelType
) -> OwnModel | None:
    """Return a model that a tenant has added; None if it has not."""
    statement = f"{MODELS_SQL} AND provider = ? AND name = ? AND type = ?"
    found = rows(database, statement, tenant_id, provider, name, kind)
    return OwnModel._make(found[0]) if found else None


def granted_models(database: Database, asker: Principal) -> list[OwnModel]:
    """Return the models of others that are granted to an asker, without addresses and keys."""
    statement = f"SELECT m.provider, m.name, m.type, m.context, '', ''{GRANTED_MODELS}"
    found = rows(database, f"{statement} ORDER BY m.name, m.id", *granted_to(asker))
    return [OwnModel._make(row) for row in found]


def granted_models_seen(database: Database, asker: Principal) -> list[GrantedModel]:
    """Return the models of others that are granted to an asker, those switched off among them."""
    statement = f"SELECT m.id, m.provider, m.name, m.type, m.context, NOT {OFF}{ALL_GRANTED}"
    found = rows(database, f"{statement} ORDER BY m.name, m.id", *granted_to(asker))
    return [GrantedModel._make((*row[:-1], bool(row[-1]))) for row in found]


def granted_models_named(
    database: Database, asker: Principal, provider: str, name: str
) -> list[AddedModel]:
    """Return the models of others with a name that are granted to an asker, the oldest first."""
    statement = f"SELECT m.id, m.tenant_id, m.type{ALL_GRANTED} AND m.provider = ? AND m.name = ?"
    found = rows(
        database, f"{statement} ORDER BY m.create_time, m.id", *granted_to(asker), provider, name
    )
    return [AddedModel(*row) for row in found]


def granted_model(
    database: Database, asker: Principal, provider: str, name: str, kind: ModelType
) -> AddedModel | None:
    """Return the model of others with a name that is granted to an asker; the oldest of several."""
    statement = (
        f"SELECT m.id, m.tenant_id, m.type{GRANTED_MODELS} AND m.provider = ? AND m.name = ?"
    )
    values = (*granted_to(asker), provider, name, kind)
    found = rows(database, f"{statement} AND m.type = ? ORDER BY m.create_time, m.id", *values)
    return AddedModel(*found[0]) if found else None


def granted_to(asker: Principal) -> tuple[str, ...]:
    """Return the values of `GRANTED_MODELS`."""
    return Kind.MODEL, asker.user_id, Kind.MODEL, asker.user_id, asker.tenant_id


def added_model(database: Database, model_id: str) -> AddedModel | None:
    """Return a model that somebody has added."""
    found = rows(database, f"{ADDED_SQL} WHERE id = ?", model_id)
    return AddedModel(*found[0]) if found else None


def added_models(database: Database, tenant_id: str, provider: str, name: str) -> list[AddedModel]:
    """Return the models of a name that a tenant has added, one for each type."""
    statement = f"{ADDED_SQL} WHERE tenant_id = ? AND provider = ? AND name = ?"
    return [AddedModel(*row) for row in rows(database, statement, tenant_id, provider, name)]


def change_model(model_id: str, values: Mapping[str, object]) -> None:
    """Write some of what is kept of a model."""
    change = TenantModel.update(**values, update_time=now_ms())
    change.where(TenantModel.id == model_id).execute()


def id_of_model(
    database: Database, tenant_id: str, provider: str, name: str, kind: ModelType
) -> str:
    """Return the id of a model that a tenant has added; empty if it has not."""
    statement = (
        "SELECT id FROM tenant_model WHERE tenant_id = ? AND provider = ? AND name = ? AND type = ?"
    )
    found = rows(database, statement, tenant_id, provider, name, kind)
    return str(found[0][0]) if found else ""


def accounts(database: Database, tenant_id: str) -> list[ProviderAccount]:
    """Return a tenant's accounts at providers."""
    return [ProviderAccount._make(row) for row in rows(database, ACCOUNTS_SQL, tenant_id)]


def account(database: Database, tenant_id: str, provider: str) -> ProviderAccount | None:
    """Return a tenant's account at a provider; None if it has none."""
    found = rows(database, f"{ACCOUNTS_SQL} AND provider = ?", tenant_id, provider)
    return ProviderAccount._make(found[0]) if found else None


def put_account(database: Database, tenant_id: str, put: ProviderAccount) -> None:
    """Write an account, in place of the one that the tenant has at the provider."""
    key = {"tenant_id": tenant_id, "provider": put.provider}
    values = {"api_key_encrypted": put.encrypted_key, "base_url": put.base_url}
    _put(database, ProviderCredential, key, values)


def put_model(database: Database, tenant_id: str, put: OwnModel) -> None:
    """Write a model that a tenant adds, in place of the one of that name if there is one."""
    key = {
        "tenant_id": tenant_id,
        "provider": put.provider,
        "name": put.name,
        "type": put.type,
    }
    values = {
        "api_key_encrypted": put.encrypted_key,
        "base_url": put.base_url,
        "context": put.context,
    }
    _put(database, TenantModel, key, values)


def models_off(database: Database, tenant_id: str) -> set[tuple[str, str]]:
    """Return which models a tenant has switched off: their providers and names."""
    return set(rows(database, OFF_SQL, tenant_id))


def is_off(database: Database, tenant_id: str, provider: str, name: str) -> bool:
    """Return whether a tenant has switched off a model."""
    return bool(
        rows(database, f"{OFF_SQL} AND provider = ? AND name = ?", tenant_id, provider, name)
    )


def switch_on(tenant_id: str, provider: str, name: str) -> None:
    """Forget that a tenant has switched off a model."""
    delete_rows(
        ModelOff,
        (ModelOff.tenant_id == tenant_id)
        & (ModelOff.provider == provider)
        & (ModelOff.name == name),
    )


def switch_off(database: Database, tenant_id: str, provider: str, name: str) -> None:
    """Write that a tenant has switched off a model."""
    _put(database, ModelOff, {"tenant_id": tenant_id, "provider": provider, "name": name}, {})


def forget_grants(database: Database, tenant_id: str, provider: str, name: str = "") -> None:
    """End the grants of the models that a tenant has added at a provider, or of one of them."""
    statement = "SELECT id, name FROM tenant_model WHERE tenant_id = ? AND provider = ?"
    found = rows(database, statement, tenant_id, provider)
    ids = [model_id for model_id, known in found if name in {"", known}]
    forget_things(database, Kind.MODEL, ids)


def delete_model(database: Database, tenant_id: str, provider: str, name: str) -> int:
    """Delete a model that a tenant has added, of every type; return how many there were."""
    forget_grants(database, tenant_id, provider, name)
    return delete_rows(
        TenantModel,
        (TenantModel.tenant_id == tenant_id)
        & (TenantModel.provider == provider)
        & (TenantModel.name == name),
    )


def delete_chat_model(database: Database, tenant_id: str, provider: str, name: str) -> None:
    """Delete a chat model that a tenant has added, with its grants."""
    known = id_of_model(database, tenant_id, provider, name, "chat")
    forget_things(database, Kind.MODEL, [known])
    delete_rows(TenantModel, TenantModel.id == known)


def delete_provider(database: Database, tenant_id: str, provider: str) -> None:
    """Delete a tenant's account at a provider, and the models that it has added there."""
    forget_grants(database, tenant_id, provider)
    for table in (ProviderCredential, TenantModel, ModelOff):
        delete_rows(table, (table.tenant_id == tenant_id) & (table.provider == provider))


def is_administrator(database: Database, user_id: str) -> bool:
    """Return whether a user administers the server."""
    return bool(rows(database, ADMINISTRATOR_SQL, user_id))


def _put(
    database: Database,
    table: type[Model],
    key: Mapping[str, object],
    values: Mapping[str, object],
) -> None:
    """Write a row, in place of the one of the same key if there is one."""
    condition = [getattr(table, name) == value for name, value in key.items()]
    change = table.update(**values, update_time=now_ms()).where(*condition)
    if change.execute():
        return
    try:
        with database.atomic():
            table.insert(id=new_id(), **key, **values).execute()
    except IntegrityError:  # somebody else has just written it
        change.execute()
