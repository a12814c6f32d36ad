"""The TLS side of an mqtts:// or wss:// address."""

from __future__ import annotations

import ssl

from device.errors import SinkError
from device.sinks.mqtt_settings import MqttSettings


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        """As ever, but closed if it fails: paho forgets such a socket without closing it."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def client_context(settings: MqttSettings) -> ssl.SSLContext:
    """Checks the certificate and the host's name, unless `insecure_tls`; TLS 1.2 or later.

    Raises `SinkError` for a file that cannot be used. Not `ssl.create_default_context`: since
    Python 3.13 it also refuses the home-made CAs without a key usage that many brokers at home
    live with.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _Socket
    if settings.insecure_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is None:
        context.load_default_certs()
    else:
        _load_authority(context, settings.ca_file)
    if settings.cert_file is not None:
        _load_own(context, settings.cert_file, settings.key_file)
    return context


def _load_authority(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        raise SinkError(f"mqtt.ca_file {ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise SinkError(f"cannot read mqtt.ca_file {ca_file}: {error.strerror}") from None


def _load_own(context: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    # An empty password: a key that wants one is refused instead of asking the terminal for it.
    try:
        context.load_cert_chain(cert_file, key_file, password="")
    except ssl.SSLError:
        raise SinkError(
            f"mqtt.cert_file {cert_file} and mqtt.key_file {key_file or 'in the same file'} are no "
            "certificate and its key, both in PEM form and without a password"
        ) from None
    except OSError as error:
        files = " or ".join(filter(None, (cert_file, key_file)))
        raise SinkError(f"cannot read mqtt.cert_file {files}: {error.strerror}") from None
