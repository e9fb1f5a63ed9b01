#!/bin/sh
# Java for Spark, as any user: Hadoop's login fails where /etc/passwd has no name for the process's
# user, and `docker run --user` may name anyone.
if ! id -un > /dev/null 2>&1; then
  NSS_WRAPPER_PASSWD=/work/.passwd-$(id -u)
  echo "orders:x:$(id -u):$(id -g)::/work:/usr/sbin/nologin" > "$NSS_WRAPPER_PASSWD"
  export NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP=/etc/group LD_PRELOAD=libnss_wrapper.so
fi
exec /usr/bin/java "$@"
