#!/bin/sh
# The long comparisons, one after the other; each prints one line, or its differences.
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
failed=0
[ "$PYTHON" != : ] || { echo "check-long: CANNOT RUN: there is no python3" >&2; exit 1; }
for test in zones calculator dashboard; do
	timeout -k 5 170 "$PYTHON" "$top_srcdir/tests/long/$test.py" || {
		echo "check-long: $test: FAILED" >&2
		failed=1
	}
done
exit $failed
