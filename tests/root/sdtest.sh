#!/bin/bash
# sdtest.sh: systemd as PID 1 of namespaces of its own, over a copy-on-write view of
# this machine's root file system. Tests of units run against the real thing, and
# nothing of the machine is changed: what is written lands in a tmpfs, the network
# is private, and the kernel's own knobs are read-only.
#
#   sdtest.sh up DIR [TREE]    boots; TREE (make install DESTDIR=TREE) is laid over /
#   sdtest.sh enter DIR CMD... runs a command beside that systemd
#   sdtest.sh down DIR         shuts down and takes the control group away
#
# DIR is scratch space: pid (as seen from here), cgroup, console.log. Exit status 77,
# with the reason: it cannot run here.
#
# With SDTEST_ROOT, a Debian in a folder of its own, that is the root file system in place
# of a view of this machine's. It is written to, and boots to its multi-user.target: what
# is installed there is there after the next up.
set -euo pipefail

SEARCH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SYSTEMD=/lib/systemd/systemd
SDTEST_ROOT=${SDTEST_ROOT-}
# What would reach beyond the namespaces, which have no clock, modules or log of
# their own.
DENIED=-sys_time,-sys_module,-sys_rawio,-syslog,-wake_alarm,-block_suspend
BOOT_TRIES=400		# of 0.05 s
STOP_TRIES=300

skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }
die() { printf 'sdtest: %s\n' "$*" >&2; exit 1; }

# until_true TRIES CMD...: every 0.05 s; false when it has never been true.
until_true() {
	local tries=$1

	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# ---- outside --------------------------------------------------------------------

enter() {
	nsenter -t "$(cat "$dir/pid")" -m -u -i -n -p -C --root -- \
		env -i --chdir=/ PATH="$SEARCH" LANG=C.UTF-8 TERM=dumb \
		SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@"
}

check_possible() {
	local tool

	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -x "$SDTEST_ROOT$SYSTEMD" ] || skip "$SDTEST_ROOT$SYSTEMD is not installed"
	for tool in unshare nsenter setpriv pivot_root systemctl; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	[ ! -e "$dir/pid" ] || die "$dir: already up"
	mkdir -p "$dir/ram" "$dir/root"
	unshare --mount --propagation private --pid --fork --uts --ipc --net --cgroup \
		"$0" try "$dir" 2>/dev/null || skip "namespaces or an overlay cannot be made here"
}

# systemd wants a control group that is all its own.
make_cgroup() {
	local base

	base=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	if [ -z "$base" ]; then
		base=$dir/cgroup2
		mkdir -p "$base"
		mount -t cgroup2 none "$base" || skip "no cgroup2 here"
	fi
	cgroup=$base/tocsin-sdtest-$$
	mkdir "$cgroup" || skip "no control group can be made here"
	echo "$cgroup" >"$dir/cgroup"
}

is_systemd() {
	local name

	kill -0 "$outer" 2>/dev/null || return 0
	[ -s "$dir/pid" ] && read -r name <"/proc/$(cat "$dir/pid")/comm" && [ "$name" = systemd ]
}

# Asked by its private socket: D-Bus may not be installed.
answers() {
	! kill -0 "$outer" 2>/dev/null || enter systemctl show -p Version >/dev/null 2>&1
}

up() {
	check_possible
	make_cgroup
	setsid unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net \
		"$0" child "$dir" "$tree" "$cgroup" </dev/null >"$dir/console.log" 2>&1 &
	outer=$!
	if ! { until_true "$BOOT_TRIES" is_systemd && until_true "$BOOT_TRIES" answers; } ||
		! kill -0 "$outer" 2>/dev/null; then
		cat "$dir/console.log" >&2
		down
		die "systemd did not come up"
	fi
	# Exits with 1 for "degraded", which is then for the tests to see.
	enter systemctl is-system-running --wait || true
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

no_cgroup() {
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
	[ ! -d "$cgroup" ]
}

down() {
	local pid

	if pid=$(cat "$dir/pid" 2>/dev/null) && [ -n "$pid" ]; then
		# Poweroff, for that PID 1 only.
		kill -s SIGRTMIN+4 "$pid" 2>/dev/null || true
		if ! until_true "$STOP_TRIES" is_gone "$pid"; then
			echo "sdtest: systemd does not stop, killing it" >&2
			kill -9 "$pid" 2>/dev/null || true
		fi
	fi
	if cgroup=$(cat "$dir/cgroup" 2>/dev/null); then
		until_true 60 no_cgroup || echo "sdtest: $cgroup is still there" >&2
	fi
	! mountpoint -q "$dir/cgroup2" || umount "$dir/cgroup2"
	rm -f "$dir/pid" "$dir/cgroup"
}

# ---- inside, before systemd ------------------------------------------------------

mount_root() {
	if [ -n "$SDTEST_ROOT" ]; then
		mount --bind "$SDTEST_ROOT" "$root"
		return
	fi
	mount -t tmpfs -o mode=755 tmpfs "$dir/ram"
	mkdir "$dir/ram/upper" "$dir/ram/work"
	mount -t overlay overlay \
		-o "lowerdir=/,upperdir=$dir/ram/upper,workdir=$dir/ram/work" "$root"
}

mount_kernel() {
	mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
	# sysctls are the whole machine's; systemd skips its own when they are read-only.
	mount --bind "$root/proc/sys" "$root/proc/sys"
	mount -o remount,bind,ro "$root/proc/sys"
	[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
	mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
	mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
	mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
	mkdir "$root/run/lock"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
}

mount_devices() {
	local name minor dev=$root/dev

	mount -t tmpfs -o mode=755,nosuid tmpfs "$dev"
	for name in null:3 zero:5 full:7 random:8 urandom:9; do
		minor=${name#*:}
		mknod -m 666 "$dev/${name%:*}" c 1 "$minor"
	done
	mknod -m 666 "$dev/tty" c 5 0
	mkdir "$dev/pts" "$dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$dev/pts"
	mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$dev/shm"
	ln -s pts/ptmx "$dev/ptmx"
	ln -s /proc/self/fd "$dev/fd"
	ln -s fd/0 "$dev/stdin"
	ln -s fd/1 "$dev/stdout"
	ln -s fd/2 "$dev/stderr"
}

# A machine of its own, and a target that starts none of the services installed here.
populate() {
	local units=$root/etc/systemd/system name

	echo sdtest >"$root/etc/hostname"
	if [ -z "$SDTEST_ROOT" ]; then
		: >"$root/etc/machine-id"
		: >"$root/etc/fstab"
		rm -f "$root/.dockerenv"
	fi
	[ -z "$tree" ] || cp -a "$tree/." "$root/"
	mkdir -p "$units"
	printf '%s\n' '[Unit]' 'Requires=basic.target' 'After=basic.target' \
		'Wants=systemd-journald.service dbus.socket' 'AllowIsolate=yes' \
		>"$units/sdtest.target"
	# Devices, kernel settings, host-wide mounts and the network's daemons.
	for name in systemd-udevd.service systemd-udevd-kernel.socket \
		systemd-udevd-control.socket systemd-sysctl.service systemd-modules-load.service \
		systemd-timesyncd.service systemd-resolved.service systemd-networkd.service \
		timers.target sys-kernel-debug.mount sys-kernel-tracing.mount \
		sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
		proc-sys-fs-binfmt_misc.automount; do
		ln -sf /dev/null "$units/$name"
	done
}

# The namespace of control groups begins where this process is when it is made.
child() {
	local pid rest

	# This /proc is still the one of outside, and so is the number in it.
	read -r pid rest </proc/self/stat
	echo "$pid" >"$dir/pid"
	echo 0 >"$cgroup/cgroup.procs"
	exec unshare --cgroup "$0" boot "$dir" "$tree"
}

boot() {
	local target=sdtest.target

	[ -z "$SDTEST_ROOT" ] || target=multi-user.target
	mount_root
	mount_kernel
	mount_devices
	hostname sdtest 2>/dev/null || echo sdtest >/proc/sys/kernel/hostname
	populate
	cd "$root"
	mkdir -p .before
	pivot_root . .before
	umount -l /.before
	rmdir /.before
	# systemd mounts credentials in a namespace of its own and counts on propagation.
	mount --make-rshared /
	exec env -i container=sdtest PATH="$SEARCH" LANG=C.UTF-8 TERM=dumb \
		setpriv --bounding-set "$DENIED" \
		"$SYSTEMD" --system --unit="$target" --show-status=no
}

[ $# -ge 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command=$1 dir=$2 root=$2/root
shift 2
case $command in
up) tree=${1-}; up ;;
enter) enter "$@" ;;
down) down ;;
try) mount_root ;;
child) tree=$1 cgroup=$2; child ;;
boot) tree=$1; boot ;;
*) die "$command: no such command" ;;
esac
