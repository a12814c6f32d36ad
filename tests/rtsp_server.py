"""An RTSP camera on loopback, made of GStreamer's server. Run by Debian's own python3 (gi).

Told by one JSON argument:
    port: 0 takes a free one
    films: by mount path, a file (.mp4, .h264) that each client sees from its start
    rate: of .h264 files, which carry no times, in frames a second
    user, password: for digest authentication; none: everybody may look
    certificate: a PEM file with its key, for rtsps
Prints the port once it listens. A client that comes to an end of a film is told so.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ROLE = "viewer"


def factory(film: str, rate: int, guarded: bool) -> Any:
    """What plays one film to each client."""
    if film.endswith(".h264"):
        source = (
            f"filesrc location={film} ! video/x-h264,framerate={rate}/1,stream-format=byte-stream"
        )
    else:
        source = f"filesrc location={film} ! qtdemux"
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(f"( {source} ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )")
    made.set_shared(False)
    if guarded:
        allowed = GstRtspServer.RTSPPermissions()
        for right in ("access", "construct"):
            allowed.add_permission_for_role(ROLE, f"media.factory.{right}", True)
        made.set_permissions(allowed)
    return made


def authentication(user: str | None, password: str, certificate: str | None) -> Any:
    """Digest for the one user; TLS where there is a certificate."""
    auth = GstRtspServer.RTSPAuth()
    if certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if user:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_default_token(token)
    return auth


def main() -> None:
    """Serve until killed."""
    given = json.loads(sys.argv[1])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(given.get("port", 0)))
    user, certificate = given.get("user"), given.get("certificate")
    guarded = bool(user or certificate)
    if guarded:
        server.set_auth(authentication(user, given.get("password", ""), certificate))
    for path, film in given["films"].items():
        server.get_mount_points().add_factory(path, factory(film, given.get("rate", 15), guarded))
    if not server.attach(None):
        sys.exit("the port is taken")
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
