"""Every error that tagd raises on purpose. `str(error)` is one sentence for a person.

The tree, each leaf also the builtin that a caller would catch:

    TagdError
    +-- ConfigError (ValueError)      the config file; holds every problem at once
    |   +-- AcceleratorAway           it is right, but what it names is not plugged in
    +-- PictureError (ValueError)     this one picture is refused; the rest goes on
    |   +-- PictureIncomplete         it ends too early: another look may help
    +-- ModelError (RuntimeError)     a model or its card cannot be used
    |   +-- NoRuntime                 no inference runtime is installed
    |   +-- NoAccelerator             the accelerator asked for is not here
    |   +-- AcceleratorLost           it was here, and failed while it worked
    +-- SourceError (OSError)         a source broke; it is worth trying again
    |   +-- SourceRefused             it said no (login, rights): do not hurry
    +-- SinkError (ConnectionError)   a sink took nothing; the events stay queued
    |   +-- SinkRefused               it said no (login, rights): do not hurry
    +-- StoreError (RuntimeError)     the database or its folder cannot be used
    |   +-- StoreFull                 the disk is full
    |   +-- StoreBusy                 another tagd owns this data folder
    |   +-- StoreDamaged              SQLite finds its own file wrong: it is repaired at a start
    |   +-- StoreNewer                a newer tagd wrote it
    |   +-- BackupRefused             a backup that cannot be trusted, or may not be put back
    +-- CommandError (RuntimeError)   what somebody wants of a source and cannot have
    |   +-- UnknownSource (LookupError)   none has that name
    |   +-- SourceOff                 it is switched off, or hangs
    |   +-- NotOnDemand               it takes no pictures on demand
    |   +-- NoPicture (TimeoutError)  it gave none in time
    +-- PeopleError (ValueError)      persons, links and tokens: what is asked cannot be
    |   +-- UnknownPerson (LookupError)    there is none, or none any more
    |   +-- PeopleConflict            it would clash with what there is
    +-- ReviewError (RuntimeError)    what somebody says of a picture and cannot be noted
    |   +-- NotThere (LookupError)    there is no such picture or review
    |   +-- ReviewStale               somebody else was faster
    |   +-- ReviewRefused (ValueError)    it makes no sense for this picture
    +-- AssetError (RuntimeError)     what a client wants of a file of the library and cannot have
    |   +-- AssetGone (LookupError)   its picture is being erased
    |   +-- AssetTaken                another has this name
    |   +-- AssetForbidden (PermissionError)   somebody else sent it
    +-- CertificateError (RuntimeError)   the page's certificate or its key cannot be used
    +-- QueryError (ValueError)       a search query; knows the column
    +-- WordError (ValueError)        a change of the vocabulary that cannot be made
    |   +-- WordsChanged              somebody else changed it meanwhile
    +-- Busy (RuntimeError)           a queue is full; come back in `retry_after` seconds
"""

from __future__ import annotations


class TagdError(Exception):
    """The root: commands print it as one line and never as a traceback."""


class ConfigError(TagdError, ValueError):
    """Every problem of a config file, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class AcceleratorAway(ConfigError):
    """The accelerator of the config is not here now: another start may find it."""


class PictureError(TagdError, ValueError):
    """A picture that is refused, with the reason."""


class PictureIncomplete(PictureError):
    """The file ends before the picture does."""


class ModelError(TagdError, RuntimeError):
    """A model that cannot be used, with what to do."""


class NoRuntime(ModelError):
    """No inference runtime could be imported."""


class NoAccelerator(ModelError):
    """The accelerator that the config asks for cannot be used here."""


class AcceleratorLost(ModelError):
    """The accelerator failed at work: it says nothing about the picture."""


class SourceError(TagdError, OSError):
    """A source broke off and may work later."""


class SourceRefused(SourceError):
    """The other side refused (login, rights): trying again at once would be rude."""


class SinkError(TagdError, ConnectionError):
    """Nothing was delivered, or not surely: try again later."""

    delivered = 0  # of the events of this `send`: the first so many surely were


class SinkRefused(SinkError):
    """The other side refused (login, rights): trying again at once would be rude."""


class StoreError(TagdError, RuntimeError):
    """The database, or the folder it lives in, cannot be used."""


class StoreFull(StoreError):
    """No room on the disk."""


class StoreBusy(StoreError):
    """Another process owns the data folder."""


class StoreDamaged(StoreError):
    """The file is not as SQLite wrote it; the next opening of the store repairs it."""


class StoreNewer(StoreError):
    """Written by a newer program, whose tables this one does not know."""


class BackupRefused(StoreError):
    """A backup that is no whole backup, or that may not take the place of what is there."""


class CommandError(TagdError, RuntimeError):
    """A command that cannot be obeyed, with the reason."""


class UnknownSource(CommandError, LookupError):
    """No source has that name."""


class SourceOff(CommandError):
    """The source is switched off, or cannot be switched on."""


class NotOnDemand(CommandError):
    """The source takes no pictures on demand."""


class NoPicture(CommandError, TimeoutError):
    """The source gave no picture in time."""


class PeopleError(TagdError, ValueError):
    """Something about persons, links or tokens that cannot be, with what to do."""


class UnknownPerson(PeopleError, LookupError):
    """No such person, token or link, or none any more."""


class PeopleConflict(PeopleError):
    """The name is taken, or nobody would be left to administer the device."""


class ReviewError(TagdError, RuntimeError):
    """A review that is not noted, with the reason."""


class NotThere(ReviewError, LookupError):
    """There is no such picture or review."""


class ReviewStale(ReviewError):
    """The picture was reviewed meanwhile."""


class ReviewRefused(ReviewError, ValueError):
    """What is said does not fit the picture."""


class AssetError(TagdError, RuntimeError):
    """A file of the media library that is not made or changed, with the reason."""


class AssetGone(AssetError, LookupError):
    """The picture was erased meanwhile, or is being erased."""


class AssetTaken(AssetError):
    """Another file in the folder has this name."""


class AssetForbidden(AssetError, PermissionError):
    """Whoever asks did not send the file."""


class CertificateError(TagdError, RuntimeError):
    """A certificate or its key that cannot be used, with what to do."""


class QueryError(TagdError, ValueError):
    """A search query that cannot be understood.

    `column` counts characters from 1; `hint` says what was maybe meant, or what to write.
    """

    def __init__(self, message: str, column: int, hint: str | None = None) -> None:
        self.column = column
        self.hint = hint
        super().__init__(f"{message}{f'; {hint}' if hint else ''} (column {column})")


class WordError(TagdError, ValueError):
    """A change of the vocabulary that makes no sense, or cannot be written."""


class WordsChanged(WordError):
    """The file is no longer the one that the change was meant for."""


class Busy(TagdError, RuntimeError):
    """A queue is full. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message)
