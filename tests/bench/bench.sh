# Rates on this machine. Compare runs of one machine only; wall times of a shared
# one vary, so each figure is the best and the median of five runs.
set -eu
cases=$(mktemp)
out=$(mktemp)
trap 'rm -f "$cases" "$out"' EXIT
"$AWK" -f "$top_srcdir/tests/bench/cases.awk" > "$cases"

runs=
for run in 1 2 3 4 5; do
	begin=$(date +%s%N)
	"$top_builddir/src/cli/tocsin" due --data "$top_srcdir/etc/tocsin" --batch < "$cases" > "$out"
	end=$(date +%s%N)
	runs="$runs $(( (end - begin) / 1000000 ))"
done
n=$(wc -l < "$out")
bad=$(grep -c '^{"error"' "$out" || true)
set -- $(printf '%s\n' $runs | sort -n)
echo "due --batch: $n cases, $bad errors; best $1 ms, median $3 ms:" \
	"$(( n * 1000 / $3 )) cases/s in the median"

rates=
for run in 1 2 3 4 5; do
	rates="$rates $("$top_builddir/tests/bench/library" "$top_srcdir/etc/tocsin" "$cases")"
done
batch=$(( n * 1000 / $3 ))
set -- $(printf '%s\n' $rates | sort -n)
echo "calculate(): best $5, median $3, worst $1 cases/s;" \
	"$("$AWK" "BEGIN { printf \"%.1f\", $3 / $batch }") times the batch in the median"
