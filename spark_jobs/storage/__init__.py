"""Where files come from and go to: folders here, S3 beside them."""
