"""Who may come in, as one thing: persons, links, sessions, tokens and the audit log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from device import age
from device.age import Reading
from device.errors import StoreError
from device.passwords import Hasher
from device.store.people import Persons
from device.store.people_audit import Audit
from device.store.people_aws import AwsKeys
from device.store.people_db import PeopleDb
from device.store.people_keys import Sessions, Tokens
from device.store.people_links import Links


class Access:
    """Over `people.db` in the data folder. Any thread; a context manager."""

    def __init__(
        self,
        data_dir: Path,
        reading: Callable[[], Reading] = age.reading,
        hasher: Hasher | None = None,
    ) -> None:
        """Raises `StoreError` where the database cannot be had."""
        self._db = PeopleDb(data_dir, reading)
        self.persons = Persons(self._db)
        self.links = Links(self._db)
        self.sessions = Sessions(self._db)
        self.tokens = Tokens(self._db)
        self.aws_keys = AwsKeys(self._db)
        self.audit = Audit(self._db)
        self.hasher = hasher or Hasher()

    def __enter__(self) -> Access:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Twice does no harm."""
        self.audit.close()
        self._db.close()

    def look(self) -> tuple[dict[str, Any], list[str]]:
        """What health shows, and its problems."""
        problems = [self.audit.problem]
        try:
            if self._db.notice is not None and not self.persons.has_administrator():
                problems.append(self._db.notice)
        except StoreError as error:
            problems.append(str(error))
        if self.audit.dropped:
            problems.append(f"{self.audit.dropped} lines of the audit log were lost")
        return {"audit_dropped": self.audit.dropped}, [one for one in problems if one]
