# System tests: the real binaries with real peers on loopback. Each test has its
# own temporary directory and free ports, and ends the processes it started.
# SYSTEM_PART=1/3: of the files every third, from the first.
if ! "$PYTHON" -c 'import pytest, aiosmtpd' 2>/dev/null; then
	echo "1..0 # SKIP python3-pytest and python3-aiosmtpd are not installed"
	exit 0
fi
PYTHONPATH="$top_srcdir/tests/system"
export PYTHONPATH
exec "$PYTHON" -m pytest -p tap -p no:terminal -p no:cacheprovider \
	--rootdir "$top_srcdir/tests/system" "$top_srcdir/tests/system"
