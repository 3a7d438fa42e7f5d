#!/bin/sh
# "tocsin rota" and "tocsind -t" as an operator meets them: who is on call, and every
# time at which nobody would be told, from the configuration of the scenarios. The
# instants were worked out by hand; winter time begins on 25 October 2026 in Berlin.
set -u
tocsin=$top_builddir/src/cli/tocsin
tocsind=$top_builddir/src/daemon/tocsind
data=$top_srcdir/etc/tocsin
conf=$top_srcdir/tests/scenario/escalation.conf
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0

echo 1..15
check() {	# name, wanted, got
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf 'wanted: %s\ngot: %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

rota() {
	"$tocsin" rota --data "$data" --from 2026-10-23T14:00:00+02:00 "$@"
}

rota -c "$conf" --days 4 >"$work/out"
check "a gap is a failure" 1 $?
check "turns across the change of the clocks" \
"Rota soc, in Europe/Berlin
FROM                  UNTIL                 ON CALL
Fri 2026-10-23 14:00  Mon 2026-10-26 09:00  bob
Mon 2026-10-26 09:00  Tue 2026-10-27 13:00  alice" "$(sed -n 1,4p "$work/out")"
check "outside its hours nobody is on call" \
"Fri 2026-10-23 14:00  Fri 2026-10-23 17:00  carol
Fri 2026-10-23 17:00  Mon 2026-10-26 09:00  nobody
Mon 2026-10-26 09:00  Mon 2026-10-26 17:00  bob
Mon 2026-10-26 17:00  Tue 2026-10-27 09:00  nobody
Tue 2026-10-27 09:00  Tue 2026-10-27 13:00  carol" "$(sed -n 8,12p "$work/out")"
check "the gaps, of the one policy without a fallback" \
"Nobody would be told:
POLICY             STEP   FROM                  UNTIL                 TIME ZONE
office-hours-only  start  Fri 2026-10-23 17:00  Mon 2026-10-26 09:00  Europe/Berlin
office-hours-only  start  Mon 2026-10-26 17:00  Tue 2026-10-27 09:00  Europe/Berlin" \
"$(sed -n '/^Nobody would/,$p' "$work/out")"
check "what waits for the end of quiet hours is told first, once for each step" \
"Told only when quiet hours end, unless the deadline is too near:
POLICY      STEP    FALLS FROM            TOLD AT               TIME ZONE      TIMES
late-night  start   Fri 2026-10-23 22:00  Sat 2026-10-24 07:00  Europe/Berlin  3
late-night  -PT12H  Sat 2026-10-24 01:00  Sat 2026-10-24 07:00  Europe/Berlin  3" \
	"$(sed -n '14,17p' "$work/out")"
check "the same for programs" \
'"gaps":[{"policy":"office-hours-only","step":"start","from":"2026-10-23T15:00:00Z","until":"2026-10-26T08:00:00Z"},{"policy":"office-hours-only","step":"start","from":"2026-10-26T16:00:00Z","until":"2026-10-27T08:00:00Z"}]}' \
	"$(rota -c "$conf" --days 4 --json | sed 's/.*"gaps"/"gaps"/')"

check "and what waits" \
'"waits":[{"policy":"late-night","step":"start","from":"2026-10-23T20:00:00Z","until":"2026-10-24T05:00:00Z"},' \
	"$(rota -c "$conf" --days 4 --json | sed 's/.*"waits"/"waits"/; s/},.*/},/')"

sed 's/{ name = "office-hours-only"; steps/{ name = "office-hours-only"; fallback = [ "person:bob" ]; steps/' \
	"$conf" >"$work/covered.conf"
rota -c "$work/covered.conf" --days 400 >"$work/out"
check "somebody is told at every minute of 400 days" 0 $?
check "and it is said" "At every minute of these 400 days every step of every policy reaches somebody." \
	"$(tail -n 1 "$work/out")"

rota -c "$work/none.conf" >"$work/out" 2>"$work/err"
check "without a configuration it fails" 1 $?

"$tocsind" -t -d "$data" -c "$conf" 2>"$work/err"
check "for the daemon a gap is a warning" 0 $?
check "at the line of the policy" 1 "$(grep -c "^$conf:$(grep -n office-hours-only\"\; "$conf" |
	sed -n '$s/:.*//p'): warning: policy \"office-hours-only\", step \"start\": nobody is on call from 20" \
	"$work/err")"

line_of() {	# of the first line of the configuration that has the text
	grep -nF "$1" "$conf" | sed -n '1s/:.*//p'
}
check "who stands in an earlier step alone would hear nothing after a downtime" 1 \
	"$(grep -cF "$conf:$(line_of '{ at = "-PT12H"; to = [ "soc", "person:carol" ]; }'): warning: policy \"on-call\", step \"-PT12H\" leaves out \"rota:soc\", whom step \"start\" tells" "$work/err")"
check "and where nobody can acknowledge, it says so once" 1 "$(grep -c 'can acknowledge' "$work/err")"
sed 's/^listen/public_url = "https:\/\/tocsin.example.org"; listen/; s/type = "console"/type = "ntfy"; url = "https:\/\/ntfy.example.org"; topic = "t"/' \
	"$conf" >"$work/links.conf"
"$tocsind" -t -d "$data" -c "$work/links.conf" 2>"$work/err"
check "with links everybody can" 0 "$(grep -c 'can acknowledge' "$work/err")"
