"""Folders of the media library: they are where files are, and nothing is kept of them."""

from __future__ import annotations

_ABOVE = "coalesce(nullif(rtrim(rtrim(path, replace(path, '/', '')), '/'), ''), '/')"
"""SQL: the folder that a folder is in."""

_NAME = "substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)"
# A folder itself, and what is below it: '0' is the letter after '/'. Apart, each is one range of an
# index.
_TIMES = (
    "(SELECT {0}(ms) FROM (SELECT {0}(made_ms) AS ms FROM asset WHERE folder = path UNION ALL"
    " SELECT {0}(made_ms) FROM asset WHERE folder > path || '/' AND folder < path || '0'))"
)

PLACES = f"""WITH RECURSIVE
    named(path) AS (SELECT min(folder) FROM asset UNION ALL
        SELECT (SELECT min(folder) FROM asset WHERE folder > named.path) FROM named
        WHERE path NOTNULL),
    place(path) AS (SELECT path FROM named WHERE path > '/' UNION
        SELECT {_ABOVE} FROM place WHERE {_ABOVE} <> '/')"""
"""SQL before a query: `place` has each folder once, found by leaps through an index."""

FOLDERS = f"""(SELECT 'folder' AS type, lower(hex(path)) AS uid, path AS id, {_ABOVE} AS folder,
    {_NAME} AS name, NULL AS made_by, NULL AS private, NULL AS published, '{{}}' AS metadata,
    {_TIMES.format("min")} AS made_ms, {_TIMES.format("max")} AS updated_ms FROM place) AS asset,
    (SELECT NULL AS width, NULL AS height, NULL AS size, NULL AS format, '' AS tags) AS picture"""
"""SQL: folders in the form of files, with the picture that they are not."""
