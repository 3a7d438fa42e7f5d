#!/bin/bash
# make check-package: the Debian package. It is built twice, the second one version later;
# a clean Debian of this machine's release is made (mmdebstrap, from the sources that apt
# has here), booted under its own systemd (sdtest.sh), and the package is installed,
# rebooted with, upgraded, removed and purged there. Speaks TAP, with a summary at the end;
# exit status 77 and CANNOT RUN, with the reason, where it cannot. Takes three minutes.
#
# Wants top_srcdir and PYTHON, as the Makefile sets them.
set -uo pipefail
: "${top_srcdir:?}" "${PYTHON:?}"
here=$top_srcdir/tests/root
NEEDED="mmdebstrap dpkg-dev debhelper python3-pytest python3-aiosmtpd"
export PYTHONPATH=$top_srcdir/tests/system PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 TZ=UTC

cannot() {
	echo "check-package: CANNOT RUN: $*" >&2
	exit 77
}

fail() {	# what, file with the details
	echo "not ok - $1"
	tail -n 30 "$2" | sed 's/^/# /'
	echo "0 passed, 1 failed"
	exit 1
}

check_possible() {
	local missing

	[ "$(id -u)" = 0 ] || cannot "needs root"
	command -v dpkg-query >/dev/null || cannot "this is not Debian"
	for name in $NEEDED; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
			missing="${missing-} $name"
	done
	[ -z "${missing-}" ] || cannot "apt-get install$missing"
	unshare --mount --pid --fork --uts --ipc --net --cgroup true 2>/dev/null ||
		cannot "no namespaces can be made here"
	missing=$(cd "$work/tocsin" && dpkg-checkbuilddeps 2>&1) || cannot "$missing"
}

# The sources without what was built, at $work/tocsin.
copy_sources() {
	mkdir "$work/tocsin"
	tar -C "$top_srcdir" --exclude=./.git --exclude='./build*' --exclude=./root-build \
		--exclude=./autom4te.cache -cf - . | tar -C "$work/tocsin" -xf -
}

package() {	# more arguments of dpkg-buildpackage
	(cd "$work/tocsin" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
		dpkg-buildpackage -us -uc -b "$@")
}

# The second brings another tocsind.conf, to see that the operator's own stays.
build_packages() {
	local version

	version=$(dpkg-parsechangelog -l "$work/tocsin/debian/changelog" -S Version)
	package || return
	(cd "$work/tocsin" && {
		printf 'tocsin (%s) unstable; urgency=medium\n\n  * Next.\n\n -- %s  %s\n\n' \
			"$version+1" "$(sed -n 's/^Maintainer: //p' debian/control)" "$(date -R)"
		cat debian/changelog
	} >"$work/changelog" && mv "$work/changelog" debian/changelog &&
		echo "# Of the next version." >>etc/tocsin/tocsind.conf.in)
	package -nc || return
	export OLD_DEB NEW_DEB
	OLD_DEB=$(echo "$work/tocsin_${version}"_*.deb)
	NEW_DEB=$(echo "$work/tocsin_${version}+1"_*.deb)
	[ -e "$OLD_DEB" ] && [ -e "$NEW_DEB" ]
}

check_lintian() {
	if ! command -v lintian >/dev/null; then
		echo "ok - lintian # SKIP lintian is not installed"
	elif lintian --pedantic --fail-on error,warning --allow-root "$work"/*.changes \
		>"$work/lintian" 2>&1; then
		echo "ok - lintian has no error and no warning"
	else
		fail "lintian has no error and no warning" "$work/lintian"
	fi
}

# First alternatives, without versions.
dependencies() {
	dpkg-deb -f "$OLD_DEB" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' |
		paste -sd,
}

# From where apt takes this machine's Debian.
sources() {
	apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' \
		'Created-By: Packages' | sed -n "s/^\(deb [^ ]* $release.* [a-z]*\) Debian\$/\1/p"
}

make_debian() {
	sources >"$work/sources"
	if ! [ -s "$work/sources" ]; then
		echo "apt has no sources for Debian $release here; apt-get update?"
		return 1
	fi
	mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
		--include="systemd-sysv,dbus,$(dependencies)" "$release" "$work/debian" \
		- <"$work/sources"
}

cleanup() {
	[ ! -d "$work/sd" ] || "$here/sdtest.sh" down "$work/sd"
	rm -rf --one-file-system "$work"
}

release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
work=$(mktemp -d) || exit 1
chmod 755 "$work"
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
copy_sources
check_possible
build_packages >"$work/build.log" 2>&1 </dev/null || fail "the package can be built" "$work/build.log"
echo "ok - the package can be built"
check_lintian
make_debian >"$work/debian.log" 2>&1 || fail "a clean Debian can be made" "$work/debian.log"
mkdir "$work/sd"
export SDTEST=$here/sdtest.sh SDTEST_DIR=$work/sd SDTEST_ROOT=$work/debian
"$PYTHON" -m pytest -p tap -p no:terminal -p no:cacheprovider --rootdir "$here" \
	"$here/test_package.py" | tee "$work/tap"
passed=$((2 + $(grep -c '^ok' "$work/tap"))) failed=$(grep -c '^not ok' "$work/tap")
grep -q '^1\.\.' "$work/tap" || { echo "not ok - it broke off"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
