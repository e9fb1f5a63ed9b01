"""What a user of a real account may have in the shell."""

from __future__ import annotations

HOSTILE = {
    "AWS_PROFILE": "shop",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "TF_VAR_region": "us-east-1",
    "TF_CLI_ARGS_apply": "-target=nothing",
    "TF_WORKSPACE": "production",
    "TF_DATA_DIR": "/elsewhere",
    "ORDERS_TERRAFORM": "/elsewhere",
    "BUCKET_NAME": "shop",
    "REGISTRY": "shop",
}
