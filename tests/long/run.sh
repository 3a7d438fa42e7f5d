#!/bin/sh
# The long comparisons, one after the other; each prints one line, or its differences.
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
failed=0
[ "$PYTHON" != : ] || { echo "check-long: CANNOT RUN: there is no python3" >&2; exit 1; }

bounded() {	# seconds, name, command...
	limit=$1 name=$2
	shift 2
	timeout -k 5 "$limit" "$@" || {
		echo "check-long: $name: FAILED" >&2
		failed=1
	}
}

for test in zones calculator idle cloudevents dashboard formats; do
	bounded 170 $test "$PYTHON" "$top_srcdir/tests/long/$test.py"
done
if "$PYTHON" -c 'import pytest, aiosmtpd' 2>/dev/null; then
	bounded 600 storm sh "$top_srcdir/tests/long/storm.sh"
else
	echo "check-long: storm: CANNOT RUN: there is no python3-pytest or python3-aiosmtpd" >&2
	failed=1
fi
# The Debian package in a clean Debian: three minutes, root, and mmdebstrap.
if command -v bash >/dev/null; then
	timeout -k 30 1200 bash "$top_srcdir/tests/root/package.sh"
	case $? in
	0) ;;
	77) echo "check-long: package: NOT RUN, see the reason above" >&2 ;;
	*)
		echo "check-long: package: FAILED" >&2
		failed=1
		;;
	esac
fi
exit $failed
