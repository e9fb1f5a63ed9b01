#!/bin/sh
# Java for Spark, as any user and without a network. Hadoop's login fails where /etc/passwd has no
# name for the process's user (`docker run --user` may name anyone), and log4j complains on standard
# output where the machine's own name has no address (`--network none`).
passwd=/work/.java-passwd-$(id -u)
hosts=/work/.java-hosts-$(id -u)
host=$(cat /proc/sys/kernel/hostname)
if ! id -un > /dev/null 2>&1; then
  echo "orders:x:$(id -u):$(id -g)::/work:/usr/sbin/nologin" > "$passwd"
  export NSS_WRAPPER_PASSWD="$passwd" NSS_WRAPPER_GROUP=/etc/group LD_PRELOAD=libnss_wrapper.so
fi
if ! getent hosts "$host" > /dev/null; then
  echo "127.0.0.1 $host" > "$hosts"
  export NSS_WRAPPER_HOSTS="$hosts" LD_PRELOAD=libnss_wrapper.so
fi
exec /usr/bin/java "$@"
