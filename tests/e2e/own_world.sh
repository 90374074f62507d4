#!/usr/bin/env bash
# Runs a command in a world of its own: /etc is a copy, /var/lib is empty, and of the network there is loopback alone, with
# every port free. What the command changes there is gone with it. Needs root, or user namespaces. It never runs the command
# anywhere else.
# Usage: own_world.sh COMMAND...
set -euo pipefail

die() {
  echo "own_world: $*" >&2
  exit 1
}

# Nobody outside may get the mounts. In a chroot whose top is no mount of its own that cannot be asked for (unshare fails);
# there it depends on what the mount around it is, which is looked at below.
enter() {
  local namespaces=(--mount --net)
  if [[ $EUID -ne 0 ]]; then namespaces+=(--user --map-root-user); fi
  if ! unshare "${namespaces[@]}" true 2>/dev/null; then namespaces+=(--propagation unchanged); fi
  unshare "${namespaces[@]}" true ||
    die 'no namespaces of its own: run this as root with CAP_SYS_ADMIN (a container needs --cap-add=SYS_ADMIN)'
  world=$(mktemp --directory)
  trap 'rmdir "$world"' EXIT
  unshare "${namespaces[@]}" "$0" --inside "$world" "$@"
}

if [[ ${1:-} != --inside ]]; then
  enter "$@"
  exit
fi
world=$2
shift 2

mount -t tmpfs -o mode=0755 tmpfs "$world"
if [[ $(readlink /proc/1/ns/mnt) != $(readlink /proc/self/ns/mnt) ]] && grep -q "$world " /proc/1/mountinfo; then
  umount "$world"
  die "others would get the mounts: first mount the top of this tree on itself (mount --bind --make-private TREE TREE)"
fi
mkdir "$world/etc" "$world/lib"
cp --archive /etc/. "$world/etc"
mount --bind "$world/etc" /etc
mount --bind "$world/lib" /var/lib
ip link set lo up
exec "$@"
