#!/bin/bash
# make check-root: what needs root. A full disk, on a small tmpfs in a mount namespace
# of its own; and the installed units under a real systemd (sdtest.sh). Speaks TAP,
# with a summary at the end; where it cannot run it says why. Nothing of it is left.
#
# Wants top_srcdir, top_builddir, MAKE and PYTHON, as the Makefile sets them.
set -uo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${MAKE:?}" "${PYTHON:?}"
here=$top_srcdir/tests/root
build=$top_builddir/root-build
export PYTHONPATH=$top_srcdir/tests/system PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 TZ=UTC
passed=0 failed=0 skipped=0

count() {	# the output of one group
	local n_skips

	n_skips=$(grep -c '^ok.* # SKIP' "$1")
	passed=$((passed + $(grep -c '^ok' "$1") - n_skips))
	skipped=$((skipped + n_skips))
	failed=$((failed + $(grep -c '^not ok' "$1")))
	# One that broke off has not passed.
	grep -q '^1\.\.' "$1" || { echo "not ok - it broke off"; failed=$((failed + 1)); }
}

# The tests of one file, behind whatever makes their surroundings.
group() {	# file, command...
	local file=$1

	shift
	echo "# ---- $file"
	"$@" "$PYTHON" -m pytest -p tap -p no:terminal -p no:cacheprovider \
		--rootdir "$here" "$here/$file" | tee "$work/tap"
	count "$work/tap"
}

skip() {	# what, why
	echo "ok - $1 # SKIP $2"
	skipped=$((skipped + 1))
}

fail() {	# what, file with the details
	echo "not ok - $1"
	tail -n 30 "$2" | sed 's/^/# /'
	failed=$((failed + 1))
}

# Paths are compiled in, so the tree that is installed is built for them.
build_tree() {
	mkdir -p "$build" && cd "$build" || return
	if ! [ -e Makefile ] || [ "$top_srcdir/configure" -nt config.status ]; then
		"$top_srcdir/configure" -q --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
			--runstatedir=/run --with-systemdsystemunitdir=/usr/lib/systemd/system || return
	fi
	"$MAKE" -s -j"$(getconf _NPROCESSORS_ONLN)" && "$MAKE" -s install DESTDIR="$work/tree"
}

group_systemd() {
	local status=0

	if [ -e "$top_srcdir/config.status" ]; then
		skip test_systemd.py "the sources themselves are configured; build in a folder of its own"
		return
	fi
	export SDTEST=$here/sdtest.sh SDTEST_DIR=$work/sd
	mkdir -p "$work/sd"
	if ! (build_tree) >"$work/build.log" 2>&1 </dev/null; then
		fail "build for /usr" "$work/build.log"
		return
	fi
	"$SDTEST" up "$SDTEST_DIR" "$work/tree" >"$work/up.log" 2>&1 || status=$?
	case $status in
	0) ;;
	77) skip test_systemd.py "$(sed -n 's/^SKIP: //p' "$work/up.log")"; return ;;
	*) fail "boot systemd" "$work/up.log"; return ;;
	esac
	# The tests run outside, but in its network: ports there are nobody else's.
	group test_systemd.py nsenter -t "$(cat "$SDTEST_DIR/pid")" -n --
	"$SDTEST" down "$SDTEST_DIR" || failed=$((failed + 1))
}

group_disk() {
	if ! unshare --mount --propagation private mount -t tmpfs tmpfs /mnt 2>/dev/null; then
		skip test_disk.py "no tmpfs can be mounted here"
		return
	fi
	group test_disk.py unshare --mount --propagation private
}

cleanup() {
	[ ! -d "$work/sd" ] || "$here/sdtest.sh" down "$work/sd"
	rm -rf --one-file-system "$work"
}

work=$(mktemp -d) || exit 1
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
if [ "$(id -u)" != 0 ]; then
	skip test_disk.py "needs root"
	skip test_systemd.py "needs root"
elif ! "$PYTHON" -c 'import pytest, aiosmtpd' 2>/dev/null; then
	skip test_disk.py "python3-pytest and python3-aiosmtpd are not installed"
	skip test_systemd.py "python3-pytest and python3-aiosmtpd are not installed"
else
	group_disk
	group_systemd
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
