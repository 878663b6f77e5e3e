#!/bin/bash
# Become PID 1 of a machine of its own: a real systemd on a throw-away overlay of this one's file system.
#
#   unshare --mount --pid --uts --ipc --net --fork bash booted-systemd.sh FOLDER [BIND ...]
#
# FOLDER is an empty folder to work in; BIND is SOURCE:TARGET, a folder of the host shown inside (read-only). Everything
# written inside goes to a tmpfs and is gone with the namespaces. Only the base system starts: units that the host has
# enabled are left out, so is its Node, because a packaged Logstead must do without one, and a rule that keeps packages
# from starting services.
# The second stage runs with its own cgroup root, which systemd needs to own.
set -euo pipefail
# What moves the root is in sbin, which is not in every PATH.
PATH=$PATH:/usr/sbin:/sbin

folder=$1
shift

if [[ ${STAGE:-one} == clean ]]; then
  # What is left of the machine once its processes are gone: empty cgroups.
  mount -t cgroup2 none "$folder/cgroup"
  find "$folder/cgroup/$(basename "$folder")" -depth -type d -exec rmdir {} + || true
  umount "$folder/cgroup"
  exit
fi

if [[ ${STAGE:-one} == one ]]; then
  mount --make-rprivate /
  # A subtree of our own in the unified hierarchy, wherever the host has mounted it, or not mounted it at all.
  mkdir -p "$folder/cgroup"
  mount -t cgroup2 none "$folder/cgroup"
  mkdir -p "$folder/cgroup/$(basename "$folder")"
  echo 0 >"$folder/cgroup/$(basename "$folder")/cgroup.procs"
  umount "$folder/cgroup"
  STAGE=two exec unshare --cgroup bash "$0" "$folder" "$@"
fi

mkdir -p "$folder/disk"
mount -t tmpfs -o mode=755,size=4g tmpfs "$folder/disk"
mkdir "$folder/disk/upper" "$folder/disk/work" "$folder/disk/root"
root=$folder/disk/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/disk/upper,workdir=$folder/disk/work" "$root"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/system/*.requires
rm -rf "$root"/etc/rc?.d/S* "$root"/var/log/journal
for unit in getty.target systemd-networkd.socket systemd-random-seed.service systemd-update-utmp.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
rm -f "$root/usr/bin/node" "$root/usr/local/bin/node" "$root/etc/machine-id" "$root/usr/sbin/policy-rc.d"
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"

for bind in "$@"; do
  mkdir -p "$root${bind#*:}"
  mount --bind "${bind%%:*}" "$root${bind#*:}"
  mount -o remount,ro,bind "$root${bind#*:}"
done

cd "$root"
mkdir -p run/host
pivot_root . run/host
umount -l /run/host
rmdir /run/host
# As on any machine that booted: without it services do not see what is mounted for them, their credentials among that.
mount --make-rshared /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 container=test \
  /lib/systemd/systemd --system --show-status=0 --log-target=journal systemd.unit=multi-user.target
