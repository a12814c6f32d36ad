"""AWS's own signer as the oracle: what it signs is taken, and nothing that is changed."""

from __future__ import annotations

import json

import pytest
from clients_rig import run_client

from device import sigv4
from device.sigv4 import Mismatch, Request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("rekognition")]

ORACLE = """
import json, random, string
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
chance = random.Random(%d)
letters = string.ascii_letters + string.digits + "-_.~%%/+ !,'"
def text(most):
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, most)))
made = []
for number in range(500):
    path = "/" + "".join(chance.choice("abc/._~-%%20") for _ in range(chance.randrange(12)))
    query = "&".join(f"{chance.choice('abcXYZ')}{n}=%%20{n}" for n in range(chance.randrange(4)))
    headers = {f"X-Odd-{n}": text(40).strip() or "x" for n in range(chance.randrange(4))}
    headers |= {"X-Amz-Target": "RekognitionService.DetectLabels", "User-Agent": "any"}
    body = bytes(chance.randrange(256) for _ in range(chance.randrange(60)))
    host = chance.choice(["127.0.0.1:8080", "box.local", "[::1]:443", "device"])
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    session = chance.choice([None, "session/token+="])
    request = AWSRequest("POST", url, headers=headers, data=body)
    region = chance.choice(["us-east-1", "mars-north-1"])
    SigV4Auth(Credentials("KEY", "secret", session), "rekognition", region).add_auth(request)
    sent = [(name.lower(), value) for name, value in request.headers.items()]
    made.append([path, query, [("host", host), *sent], body.hex()])
print(json.dumps(made))
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_botocore_signs_five_hundred_odd_requests(seed: int) -> None:
    """Each is taken, and none with another body."""
    done = run_client("boto3", ORACLE % seed, {})
    assert done.returncode == 0, done.stderr[-3000:]
    for path, query, headers, body in json.loads(done.stdout):
        named = tuple((name, value) for name, value in headers)
        request = Request("POST", path, query, named, bytes.fromhex(body))
        claim = sigv4.read(request.header("authorization"))
        sigv4.check(claim, request, "secret", encrypted=False)
        for wrong, secret in ((request.body + b"x", "secret"), (request.body, "secreT")):
            changed = Request("POST", path, query, named, wrong)
            with pytest.raises(Mismatch):
                sigv4.check(claim, changed, secret, encrypted=False)
