"""urllib with only what a download needs: http, https, a proxy, a few redirects to the same."""

from __future__ import annotations

from http.client import HTTPMessage
from typing import IO, Any
from urllib import request
from urllib.error import HTTPError


class Redirects(request.HTTPRedirectHandler):
    """A few, to http and https only, and never from https to http."""

    max_redirections = 5
    max_repeats = 2

    def http_error_302(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> Any:
        """As in urllib, which lets an address that is none pass as a ValueError."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:
            raise HTTPError(req.full_url, code, msg, headers, fp) from None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> request.Request | None:
        schemes = ("https",) if req.type == "https" else ("http", "https")
        if newurl.partition(":")[0].lower() not in schemes:
            raise HTTPError(req.full_url, code, msg, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def opener() -> request.OpenerDirector:
    """Only these handlers: no file, no ftp, no data URL can be reached through a redirect."""
    made = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
        Redirects,
    ):
        made.add_handler(handler())
    return made
