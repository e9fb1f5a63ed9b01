"""A database of Glue tells who may use the tables that are made in it by default.

AWS: `CreateTableDefaultPermissions` of CreateDatabase and UpdateDatabase; where none are given,
those of the account, which are at first "all, by IAM alone". (The emulator forgets them.)

https://docs.aws.amazon.com/glue/latest/webapi/API_Database.html
https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import glue

from scripts.local_aws.replaced import replace

_NAME = "CreateTableDefaultPermissions"
_BY_IAM = [
    {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
]


def install() -> None:
    """Keeps the permissions with the database."""
    replace(glue, "_create_database", _keeping)
    replace(glue, "_update_database", _keeping)


def _keeping(stock: Callable[..., Any]) -> Callable[..., Any]:
    def write(data: Mapping[str, Any]) -> Any:
        answer = stock(data)
        given = data.get("DatabaseInput", {})
        database = glue._databases.get(data.get("Name") or given.get("Name"))
        if database is not None and answer[0] == 200:  # noqa: PLR2004
            database[_NAME] = given.get(_NAME, database.get(_NAME, _BY_IAM))
        return answer

    return write
