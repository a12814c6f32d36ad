"""The TLS side of an mqtts:// address."""

from __future__ import annotations

import ssl

from device.errors import SinkError


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        """As ever, but closed if it fails: paho forgets such a socket without closing it."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def client_context(ca_file: str | None) -> ssl.SSLContext:
    """Checks the certificate and the host's name; TLS 1.2 or later.

    `ca_file` is in PEM form; None means the CAs that the system trusts. Raises `SinkError` for a
    file that cannot be used. Not `ssl.create_default_context`: since Python 3.13 it also refuses
    the home-made CAs without a key usage that many brokers at home live with.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _Socket
    if ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        raise SinkError(f"mqtt.ca_file {ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise SinkError(f"cannot read mqtt.ca_file {ca_file}: {error.strerror}") from None
    return context
