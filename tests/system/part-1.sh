# A third of the system tests: they wait more than they work, so the thirds run side by side.
SYSTEM_PART=1/3
export SYSTEM_PART
exec sh "$top_srcdir/tests/system/system.sh"
