"""Pictures with their tags, out of the database: in pieces, so that nobody waits for all of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from device import __version__, clock, export_forms, ids
from device.search_query import Query
from device.store import rows, select
from device.store.files import PictureFiles
from device.store.reader import Reader

Images = Literal["none", "thumbnail", "full"]
Form = Literal["jsonl", "csv", "coco"]

FORMAT = 1
MANIFEST = "manifest.json"
_PIECE = 500  # pictures read in one snapshot
_BLOCK = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported."""

    query: Query
    text: str  # the query as it was written
    images: Images
    form: Form


class Export:
    """One export; each iteration reads the database anew, up to what was there at first."""

    def __init__(self, reader: Reader, wanted: Wanted) -> None:
        self._reader = reader
        self._wanted = wanted
        self._rows = rows.Rows()
        self._files = PictureFiles(reader.data_dir)
        self.pictures = self.images = self.missing = 0
        self._meant = reader.naming().meant(wanted.query)
        with reader.snapshot() as db:
            [(newest,)] = db.execute("SELECT coalesce(max(id), 0) FROM picture")
            device = db.execute("SELECT name FROM device ORDER BY id DESC LIMIT 1").fetchone()
        self._top = int(newest) + 1
        self.device = str(device[0]) if device else "tagd"
        self.made_at = clock.iso(clock.now())

    def lines(self) -> Iterator[str]:
        """What the form says of each picture, line by line."""
        yield from export_forms.FORMS[self._wanted.form](self._counted)

    def files(self) -> Iterator[tuple[str, Path]]:
        """Name in the export and place of each image that is wanted and there."""
        if self._wanted.images != "none":
            for row in self._found():
                if (path := self._image(row)) is not None:
                    yield f"images/{path.name}", path

    def manifest(self) -> str:
        """What this is, and how much of it; after everything else."""
        wanted = self._wanted
        return json.dumps(
            {
                "format": FORMAT,
                "kind": "export",
                "program": __version__,
                "device": self.device,
                "made_at": self.made_at,
                "query": wanted.text,
                "form": wanted.form,
                "images": wanted.images,
                "pictures": self.pictures,
                "image_files": self.images,
                "missing_files": self.missing,
            },
            indent=2,
        )

    @property
    def table(self) -> str:
        """The name of the file with the lines."""
        return export_forms.NAMES[self._wanted.form]

    @property
    def name(self) -> str:
        """For the whole of it, with the date."""
        return f"tagd-{self.device}-{self.made_at[:10]}.zip"

    def _counted(self) -> Iterator[export_forms.Exported]:
        self.pictures = 0
        for one in self._numbered():
            self.pictures += 1
            yield one

    def _numbered(self) -> Iterator[export_forms.Exported]:
        for row in self._found():
            path = self._image(row)
            file = f"images/{path.name}" if path is not None else None
            yield export_forms.Exported(row[0], file, json.loads(row[-1]))

    def _image(self, row: tuple[Any, ...]) -> Path | None:
        name, at = ids.from_bytes(row[1]), row[5] / 1000
        if row[11] == "full" and self._wanted.images == "full":
            return self._files.original(name, at, row[8])
        return None if row[11] == "none" else self._files.thumbnail(name, at)

    def _found(self) -> Iterator[tuple[Any, ...]]:
        """Rows of `rows.COLUMNS`, each with its JSON at the end."""
        now, place = clock.now(), self._top
        while place > 1:
            with self._reader.snapshot() as db:
                numbers, place = select.matching(db, self._meant.node, now, place, _PIECE)
                found = [row for one in numbers if (row := select.row(db, one)) is not None]
                texts = [self._rows.text(db, row, rejected=True) for row in found]
            yield from ((*row, text) for row, text in zip(found, texts, strict=True))


class _Out:
    """A file that only forgets: what was written is taken out and sent."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        data, self.data = bytes(self.data), bytearray()
        return data


def zipped(export: Export) -> Iterator[bytes]:
    """The export as the bytes of a zip, without a file in between."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:  # type: ignore[call-overload]
        with archive.open(export.table, "w", force_zip64=True) as member:
            for line in export.lines():
                member.write(line.encode())
                if len(out.data) > _BLOCK:
                    yield out.take()
        for name, path in export.files():
            yield from _stored(archive, export, name, path, out)
        archive.writestr(MANIFEST, export.manifest())
    yield out.take()


def _stored(
    archive: zipfile.ZipFile, export: Export, name: str, path: Path, out: _Out
) -> Iterator[bytes]:
    """JPEGs do not shrink: they are stored as they are."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # forgotten meanwhile
        export.missing += 1
        return
    with file, archive.open(zipfile.ZipInfo(name), "w") as member:
        while block := file.read(_BLOCK):
            member.write(block)
            yield out.take()
    export.images += 1


def into_folder(export: Export, folder: Path) -> None:
    """The same as files in a folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / export.table).open("w", encoding="utf-8", newline="") as table:
        table.writelines(export.lines())
    for name, path in export.files():
        try:
            (folder / name).write_bytes(path.read_bytes())
            export.images += 1
        except FileNotFoundError:
            export.missing += 1
    (folder / MANIFEST).write_text(export.manifest(), encoding="utf-8")
