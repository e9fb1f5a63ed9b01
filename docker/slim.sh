#!/bin/sh
# Remove what no job needs: slim.sh SITE_PACKAGES LIST
# Each line of the list is a pattern for `find -path`, relative to the folder of packages.
set -eu
packages=$1 list=$2
while read -r pattern; do
  case $pattern in '' | '#'*) continue ;; esac
  find "$packages" -path "$packages/$pattern" -prune -exec rm -rf {} +
done < "$list"
