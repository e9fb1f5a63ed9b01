#!/bin/sh
# Run a command that downloads as the building machine does: whom it trusts and which package index
# it asks come as secrets of the build, so neither is left in an image. Both are optional.
set -eu
if [ -s /run/secrets/trust ]; then
  export SSL_CERT_FILE=/run/secrets/trust PIP_CERT=/run/secrets/trust
fi
if [ -s /run/secrets/index ]; then
  PIP_INDEX_URL=$(cat /run/secrets/index)
  export PIP_INDEX_URL UV_DEFAULT_INDEX="$PIP_INDEX_URL"
fi
exec "$@"
