#!/bin/sh
# A job as a process in place of its container: job.sh validate|transform ARGUMENTS ...
# What the image's entry point does, with the environment that has the task's engine.
root=$(cd "$(dirname "$0")/../.." && pwd)
case ${ORDERS_ENGINE:-sail} in
  spark) exec "$root/.venv-full/bin/orders" "$@" ;;
  *) exec "$root/.venv/bin/orders" "$@" ;;
esac
