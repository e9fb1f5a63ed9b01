#!/usr/bin/env bash
# Sourced by the scripts: ends them where the local AWS that this shell talks to has gone, before
# every call is tried for a minute. What is not on this machine is not asked.
if [[ ${AWS_ENDPOINT_URL:-} =~ ^http://127\.0\.0\.1:([0-9]+) ]] &&
  ! (: <> "/dev/tcp/127.0.0.1/${BASH_REMATCH[1]}") 2> /dev/null; then
  echo "the local AWS at $AWS_ENDPOINT_URL does not run: \`make local-up\` starts it" >&2
  exit 69
fi
