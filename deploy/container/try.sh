#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'END'
deploy/container/try.sh builds the image of deploy/container/Dockerfile without a Docker engine or a registry: buildah
builds it on a Debian 12 from debootstrap. Then it runs the image as Kubernetes would: not as root, with a read-only root file
system, without capabilities. Run it as root, on Debian 12; it takes some ten minutes.

Usage: deploy/container/try.sh [--keep]

  --keep   keep the image in build/container/images, and show how to run it
END
}

keep=false
case ${1:-} in
  '') ;;
  --keep) keep=true ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

work=$PWD/build/container
base=localhost/debian:12-slim
image=localhost/webex-gateway:try
# Separate storage, so that everything else on this machine stays unchanged.
storage=(--root "$work/images" --runroot "$work/run" --storage-driver vfs)

step() { printf '\n[%4d s] %s\n' "$SECONDS" "$1"; }

# Runs the image like the manifests in deploy/kubernetes. runc, since crun refuses some kernels' cgroups; limits, since
# podman's defaults may exceed what this machine allows.
run_image() {
  podman --runtime=runc --cgroup-manager=cgroupfs "${storage[@]}" run --network=none --read-only --read-only-tmpfs=false \
    --cap-drop=all --security-opt=no-new-privileges --ulimit=nofile=4096:4096 --ulimit=nproc=4096:4096 "$@"
}

# Fails unless the command fails.
must_fail() {
  if "$@" >/dev/null 2>&1; then
    echo "this should have failed: $*" >&2
    exit 1
  fi
}

clean() {
  if $keep; then return; fi
  buildah "${storage[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}

step 'Packages'
deploy/install_packages.sh container
rm -rf "$work"
mkdir -p "$work"
trap clean EXIT

step 'A Debian 12, by debootstrap'
debootstrap --variant=minbase bookworm "$work/debian" >"$work/debootstrap.log"
# Published images also have the archive of security updates.
cp /etc/apt/sources.list.d/debian.sources "$work/debian/etc/apt/sources.list.d/" 2>/dev/null || true
tar --directory="$work/debian" --create . | podman "${storage[@]}" import --quiet - "$base" >/dev/null
rm -rf "$work/debian"

step 'The image, by buildah'
buildah "${storage[@]}" build --isolation=chroot --pull-never --build-arg "DEBIAN=$base" \
  --file deploy/container/Dockerfile --tag "$image" .

step 'What is in it'
buildah "${storage[@]}" images
user=$(podman "${storage[@]}" image inspect --format '{{.User}}' "$image")
if [[ $user != 10001:10001 ]]; then
  echo "the image's user is $user" >&2
  exit 1
fi
who=$(run_image --rm --entrypoint=id "$image")
if [[ $who != 'uid=10001(webex-gateway) gid=10001(webex-gateway) '* ]]; then
  echo "in the container the user is $who" >&2
  exit 1
fi
run_image --rm --entrypoint=/bin/sh "$image" -c 'ldd /usr/local/bin/* | { ! grep "not found"; }'
must_fail run_image --rm --entrypoint=/bin/sh "$image" -c ': >/usr/local/bin/new'
must_fail run_image --rm --entrypoint=/bin/sh "$image" -c 'command -v g++ cmake'

step 'It runs, on a read-only root'
run_image --rm "$image" --version
run_image --rm --volume=state:/var/lib/webex-gateway --env WEBEX_GATEWAY_WEBEX_TOKEN=any "$image" --check_config
must_fail run_image --rm --volume=state:/var/lib/webex-gateway "$image" --check_config # no token
must_fail run_image --rm --env WEBEX_GATEWAY_WEBEX_TOKEN=any "$image" --check_config # no folder for the ledger
name=webex-gateway-try-$$
# Its only volume belongs to the image's user, like one that Docker creates from an image's folder.
run_image --detach --name "$name" --volume=state:/var/lib/webex-gateway --env WEBEX_GATEWAY_WEBEX_TOKEN=any "$image" >/dev/null
answer=''
for _ in {1..50}; do
  answer=$(podman "${storage[@]}" exec "$name" webexctl health 2>&1) && break
  sleep 0.2
done
echo "$answer"
podman "${storage[@]}" stop --time=30 "$name" >/dev/null
code=$(podman "${storage[@]}" inspect --format '{{.State.ExitCode}}' "$name")
podman "${storage[@]}" logs "$name"
podman "${storage[@]}" rm "$name" >/dev/null
if [[ $answer != SERVING || $code -ne 0 ]]; then
  echo "health said $answer, and SIGTERM ended it with $code" >&2
  exit 1
fi

if $keep; then printf '\nTo run it: podman --runtime=runc %s run ... %s\n' "${storage[*]}" "$image"; fi
step 'Done: the image was built, and runs correctly'
