"""`python -m bench.rekognition`: what AWS Rekognition's own client costs over the taggers.

--rounds N  how often both are run in turn; the medians count
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from bench import official
from device.store.access import Access

_SCRIPT = """
import boto3
from botocore.config import Config
client = boto3.client("rekognition", config=Config(max_pool_connections=64))
def ask(data):
    client.detect_labels(Image={"Bytes": data}, MinConfidence=50)
"""


def _env(url: str, access: Access) -> Mapping[str, str]:
    token, secret = access.tokens.add_aws("bench", "reviewer", None, "bench")
    return {
        "AWS_ACCESS_KEY_ID": token.access or "",
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_REKOGNITION": url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


BOTO3 = official.Official("boto3", _SCRIPT, _env)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    found = official.measure(BOTO3, parser.parse_args().rounds)
    print(official.table(found, "DetectLabels through boto3", 6))


if __name__ == "__main__":
    main()
