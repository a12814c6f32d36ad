"""`tagd certificate`: what the page shows of itself over TLS, to compare or to pin."""

from __future__ import annotations

from pathlib import Path

import click
from tabulate import tabulate

from device import certificate, clock
from device.commands.common import config_option, read_config
from device.errors import CertificateError


@click.command("certificate")
@click.option("--pem", is_flag=True, help="The certificate itself, for clients that pin it.")
@config_option
def command(pem: bool, config_path: Path | None) -> None:
    """Show the certificate of the page: its fingerprint, its names, and until when it holds."""
    config = read_config(config_path)
    tls = config.web.tls
    if tls is None:
        raise CertificateError("the page is served without TLS; set web.tls (docs/network.md)")
    path = tls.certificate or config.data_dir / certificate.FILE_NAME
    if tls.certificate is None and not path.exists():
        raise CertificateError(f"{path} is not there yet: tagd makes it at its first start")
    shown = certificate.read(certificate.context(path, tls.key), path)
    if pem:
        click.echo(shown.pem, nl=False)
        return
    rows = [
        ("SHA-256", shown.fingerprint),
        ("for", ", ".join(shown.names)),
        ("from", clock.iso(shown.begins)),
        ("until", f"{clock.iso(shown.ends)}, {shown.days_left:.0f} days from now"),
        ("file", str(path)),
    ]
    click.echo(tabulate(rows, tablefmt="plain"))
