"""Whether a folder lies where SQLite's locks and its shared memory can be trusted: on this machine."""

from pathlib import Path

# File systems that other machines may write to, by the names that Linux and macOS give them.
NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "afpfs", "webdav", "9p"),
        *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "pvfs2", "orangefs", "ocfs2", "gfs2", "moosefs"),
        *("fuse.sshfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs", "fuse.moosefs"),
    )
)


def network_file_system(folder: Path) -> str:
    """Return the kind of network file system that a folder lies on, "" for a local one or where that can't be told."""
    import psutil  # noqa: PLC0415 - reading commands that ask a controller need no store

    try:
        mounts = {Path(one.mountpoint): one.fstype for one in psutil.disk_partitions(all=True)}
        path = folder.resolve()
    except OSError:
        return ""
    kind = next((mounts[parent] for parent in (path, *path.parents) if parent in mounts), "")
    return kind if kind in NETWORK else ""
