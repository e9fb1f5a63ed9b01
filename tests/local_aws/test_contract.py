"""The emulator is the one that our modules know, or the server does not start."""


def test_every_name_that_we_replace_exists(local_aws):
    names = local_aws.client("s3").list_buckets()

    assert names["Buckets"] == []
