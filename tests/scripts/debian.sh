#!/bin/sh
# The Debian package is of this version, and its scripts can be read by any sh.
set -u
debian=$top_srcdir/debian
echo 1..2

package=$(sed -n '1s/^tocsin (\([^)]*\)) .*/\1/p' "$debian/changelog")
program=$(sed -n 's/^AC_INIT(\[tocsin\],\[\([^]]*\)\].*/\1/p' "$top_srcdir/configure.ac")
case $package in
"$program" | "$program"[~+]*) echo "ok 1 - debian/changelog has the version of configure.ac" ;;
*)
	echo "not ok 1 - debian/changelog has the version of configure.ac"
	echo "# $package in debian/changelog, $program in configure.ac"
	;;
esac

bad=
for script in tocsin.postinst tocsin.postrm; do
	sh -n "$debian/$script" || bad="$bad $script"
done
case $bad in
'') echo "ok 2 - the maintainer scripts can be read" ;;
*) echo "not ok 2 - the maintainer scripts can be read:$bad" ;;
esac
