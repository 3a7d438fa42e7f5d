#!/bin/sh
# The storm of tests/system with 200 moments, a relay that stalls for a minute, and a flood
# of 100,000 alerts.
TOCSIN_LONG=1
PYTHONPATH="$top_srcdir/tests/system"
export TOCSIN_LONG PYTHONPATH
exec "$PYTHON" -m pytest -p tap -p no:terminal -p no:cacheprovider \
	--rootdir "$top_srcdir/tests/system" "$top_srcdir/tests/system/test_storm.py" \
	"$top_srcdir/tests/system/test_flood.py"
