#!/usr/bin/env bash
# Runs a command in an isolated environment: /etc is a copy, /var/lib is empty, and there is only a loopback network,
# with every port free. The command's changes disappear with it. Needs root, or user namespaces. It never runs the
# command anywhere else. Usage: own_world.sh COMMAND...
set -euo pipefail

die() {
  echo "own_world: $*" >&2
  exit 1
}

# The mounts must not be visible outside. In a chroot whose root is not a mount point this cannot be requested (unshare
# fails); there it depends on the enclosing mount, which is checked below.
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
