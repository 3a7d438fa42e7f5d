#!/bin/sh
# Builds the harnesses and runs them, as many at once as there are processors or FUZZ_JOBS
# says. New inputs are kept under fuzz/ in the build directory and used by the next run; the
# seeds in the tree are only read. One line for each harness; a finding is left in fuzz/,
# with the log, and fails the run.
set -eu
src=$top_srcdir/tests/fuzz
out=$top_builddir/fuzz
flags="-std=gnu11 -g -O1 -Wall -Wextra -fno-omit-frame-pointer
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"

run() {	# name of a harness
	mkdir -p "$out/corpus-$1"
	seeds=$src/corpus/$1
	[ "$1" != formats ] || seeds="$seeds $top_srcdir/tests/data/alerts"
	eval "seconds=\${FUZZ_SECONDS_$1:-$FUZZ_SECONDS}"
	# shellcheck disable=SC2086,SC2154 # folders; seconds is set above
	if "$out/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
		-max_len=4096 -print_final_stats=1 -artifact_prefix="$out/$1-" \
		"$out/corpus-$1" $seeds >"$out/$1.log" 2>&1
	then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$1.log")
		cover=$(grep -o 'cov: [0-9]*' "$out/$1.log" | tail -n 1)
		echo "fuzz: $1: $runs runs in $seconds s, $cover, nothing found"
	else
		echo "fuzz: $1: FOUND something; $out/$1.log ends:"
		tail -n 40 "$out/$1.log"
		return 1
	fi
}

if [ "${1-}" = --run ]; then
	run "$2"
	exit
fi
command -v "$FUZZ_CC" >/dev/null 2>&1 || {
	echo "fuzz: CANNOT RUN: there is no $FUZZ_CC; install clang, or say FUZZ_CC=..." >&2
	exit 1
}
mkdir -p "$out/obj"
printf 'int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n);\n%s\n' \
	'int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n) { return !p && n; }' \
	>"$out/probe.c"
"$FUZZ_CC" -fsanitize=fuzzer,address,undefined -o "$out/probe" "$out/probe.c" || {
	echo "fuzz: CANNOT RUN: $FUZZ_CC has no libFuzzer; install its runtime (libclang-rt-dev)" >&2
	exit 1
}

# ---- build: everything anew, which takes half a minute -----------------------------
for name; do
	SOURCES="$SOURCES tests/fuzz/fuzz_$name.c"
done
for file in $SOURCES; do
	case $file in
	*.c) printf '%s\n' "$file" ;;
	esac
done | xargs -P "$(nproc)" -I '{}' sh -c '
	cc=$1 out=$2 file=$3
	shift 3
	"$cc" "$@" -c -o "$out/obj/$(echo "$file" | tr / _).o" "$top_srcdir/$file"
' sh "$FUZZ_CC" "$out" '{}' $flags -I"$top_builddir" -I"$top_srcdir/src" \
	-I"$top_srcdir/tests/unit" -I"$src" $(eval "printf '%s ' $CPPFLAGS")
rm -f "$out/libfuzz.a"
ar rcs "$out/libfuzz.a" "$out"/obj/src_*.o "$out"/obj/tests_unit_*.o
for name; do
	"$FUZZ_CC" -fsanitize=fuzzer,address,undefined -o "$out/$name" \
		"$out/obj/tests_fuzz_fuzz_$name.c.o" "$out/libfuzz.a" $LIBS
done

# ---- run --------------------------------------------------------------------------
printf '%s\n' "$@" | xargs -P "${FUZZ_JOBS:-$(nproc)}" -I '{}' sh "$0" --run '{}' || {
	echo "fuzz: there are findings" >&2
	exit 1
}
