#!/bin/sh
# A job as a process in place of its container: job.sh validate|transform ARGUMENTS ...
# What the image's entry point does, with the environment that has the task's engine.
root=$(cd "$(dirname "$0")/../.." && pwd)
# By this number it is found and ended when the server died and cannot do it.
echo $$ > "$(dirname "$ORDERS_WORK_DIR")/pid"
# The local AWS speaks plain HTTP on loopback; engines refuse that unless told.
export AWS_ALLOW_HTTP=true
case ${ORDERS_ENGINE:-sail} in
  spark) exec "$root/.venv-full/bin/orders" "$@" ;;
  *) exec "$root/.venv/bin/orders" "$@" ;;
esac
