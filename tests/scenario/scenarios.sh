# Replays every scenario file. TAP comes from the runner.
exec "$top_builddir/tests/scenario/run" "$top_srcdir"/tests/scenario/*.scn
