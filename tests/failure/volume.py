"""Puts the database on a small file system for a while, so that a test can fill it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from scripts.cluster.embedded.provider import Embedded
from tests.failure.release import NAMESPACE, Release, eventually

SIZE = "256M"
VOLUMES = "/var/lib/todo-node/volumes"

# The node's /dev has no loop devices: those that are free are made, and removed again.
MOUNT = """
set -eu
volume=$1 image=$2 size=$3
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
device=$(losetup --find)
device=${device%% *} # behind it: that its file does not exist
[ -e "$device" ] || mknod "$device" b 7 "${device#/dev/loop}"
trap 'rm -f "$image"' EXIT
truncate -s "$size" "$image"
losetup "$device" "$image"
trap 'umount /mnt 2>/dev/null || true; losetup --detach "$device"; rm -f "$image" "$device" /dev/loop-control' EXIT
busybox mke2fs -F "$device" >/dev/null
mount -t ext2 "$device" /mnt
cp -a "$volume/." /mnt
umount /mnt
mount -t ext2 "$device" "$volume"
trap - EXIT
echo "$device"
"""
UNMOUNT = """
set -eu
volume=$1 image=$2 device=$3
umount "$volume"
mount -t ext2 "$device" /mnt
find "$volume" -mindepth 1 -delete
rm -f /mnt/filler
rmdir /mnt/lost+found
cp -a /mnt/. "$volume"
umount /mnt
losetup --detach "$device"
rm "$image" "$device" /dev/loop-control
"""


@contextmanager
def small_volume(node: Embedded, release: Release) -> Iterator[str]:
    """The database's data lie on a file system of SIZE while the block runs, mounted at this folder of the node."""
    claim = release.claims()[0]
    folder = f"{VOLUMES}/{claim['spec']['volumeName']}_{NAMESPACE}_{claim['metadata']['name']}"
    image = f"{VOLUMES}/{NAMESPACE}.img"
    with ExitStack() as undo:  # from the last to the first, each also if one before it fails
        undo.callback(start_database, release)
        stop_database(release)
        device = node.node_exec("sh", "-c", MOUNT, "sh", folder, image, SIZE).strip()
        undo.callback(node.node_exec, "sh", "-c", UNMOUNT, "sh", folder, image, device)
        undo.callback(stop_database, release)
        start_database(release)
        yield folder


def stop_database(release: Release) -> None:
    release.scale_database(0)
    eventually(lambda: "todo-postgres-0" not in release.stack.every_pod().values(), "the database has ended")


def start_database(release: Release) -> None:
    release.scale_database(1)
    release.wait_until_settled()


def fill(node: Embedded, folder: str) -> None:
    node.node_exec("sh", "-c", f"cat /dev/zero >{folder}/filler 2>/dev/null || true")


def free(node: Embedded, folder: str) -> None:
    node.node_exec("rm", f"{folder}/filler")
