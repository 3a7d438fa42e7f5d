#!/bin/sh
# The calculator as its users meet it: the built client answers worked examples
# under Regulation (EEC, Euratom) 1182/71 and Directive (EU) 2022/2555, Art. 23(4),
# with a small set of holidays (tests/data/demo) in Europe/Brussels. The instants
# were worked out by hand; none comes from the program.
tocsin=${top_builddir:-.}/src/cli/tocsin
demo=${top_srcdir:-.}/tests/data/demo:${top_srcdir:-.}/etc/tocsin
n=0

if [ ! -x "$tocsin" ]; then
	echo "Bail out! $tocsin is not built"
	exit 1
fi

# check NAME WANTED GOT
check() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# wanted: $2"
		echo "# got:    $3"
	fi
}

# "due nominal latest" of a stage in {"clocks":[...]} on stdin; "-" where absent.
times_of() {
	sed 's/{"regime"/\n&/g' | grep "\"stage\":\"$1\"" |
		sed 's/"derivation".*//; s/"reference".*//' | {
		read -r clock
		for key in due_at nominal_at latest_at; do
			value=$(printf '%s\n' "$clock" | sed -n "s/.*\"$key\":\"\([^\"]*\)\".*/\1/p")
			printf '%s ' "${value:--}"
		done
	} | sed 's/ $//'
}

# due STAGE "WANTED" OPTION...; the source is that of the rows that follow it.
due() {
	stage=$1 wanted=$2
	shift 2
	got=$("$tocsin" --json due --data "$demo" --country BE "$@" | times_of "$stage")
	check "$stage, $* ($source)" "$wanted" "$got"
}

# A month from the filing of the notification: the same date of the next month,
# clamped; nominal to its end, latest to the end of the next working day.
source='Reg. 1182/71 Art. 3(2)(c) and 3(4), CJEU C-171/03'
month() {
	due final-report "$2" --event "aware=$1" --filed "notification=$1"
}

month 2026-11-21T10:00:00+01:00 '2026-12-21T09:00:00Z 2026-12-21T23:00:00Z 2026-12-21T23:00:00Z'
month 2026-11-25T10:00:00+01:00 '2026-12-25T09:00:00Z 2026-12-25T23:00:00Z 2026-12-28T23:00:00Z'
month 2026-12-01T10:00:00+01:00 '2027-01-01T09:00:00Z 2027-01-01T23:00:00Z 2027-01-04T23:00:00Z'
month 2026-12-31T10:00:00+01:00 '2027-01-31T09:00:00Z 2027-01-31T23:00:00Z 2027-02-01T23:00:00Z'
month 2027-01-30T10:00:00+01:00 '2027-02-28T09:00:00Z 2027-02-28T23:00:00Z 2027-03-01T23:00:00Z'
month 2027-01-31T10:00:00+01:00 '2027-02-28T09:00:00Z 2027-02-28T23:00:00Z 2027-03-01T23:00:00Z'
month 2028-01-31T10:00:00+01:00 '2028-02-29T09:00:00Z 2028-02-29T23:00:00Z 2028-02-29T23:00:00Z'
month 2028-02-29T10:00:00+01:00 '2028-03-29T08:00:00Z 2028-03-29T22:00:00Z 2028-03-29T22:00:00Z'
month 2027-02-26T10:00:00+01:00 '2027-03-26T09:00:00Z 2027-03-26T23:00:00Z 2027-03-30T22:00:00Z'
month 2027-02-28T10:00:00+01:00 '2027-03-28T08:00:00Z 2027-03-28T22:00:00Z 2027-03-30T22:00:00Z'
month 2027-03-31T10:00:00+02:00 '2027-04-30T08:00:00Z 2027-04-30T22:00:00Z 2027-04-30T22:00:00Z'

# Hours elapse: no weekend, no holiday and no change of the clock moves them.
source='Reg. 1182/71 Art. 3(1) and 3(2)(a)'
hours() {
	due "$2" "$3" --event "aware=$1"
}

hours 2026-11-21T09:17:00+01:00 early-warning '2026-11-22T08:17:00Z 2026-11-22T08:17:00Z 2026-11-22T09:00:00Z'
hours 2026-11-21T09:17:00+01:00 notification '2026-11-24T08:17:00Z 2026-11-24T08:17:00Z 2026-11-24T09:00:00Z'
hours 2026-12-24T18:10:00+01:00 notification '2026-12-27T17:10:00Z 2026-12-27T17:10:00Z 2026-12-27T18:00:00Z'
hours 2027-03-27T12:00:00+01:00 notification '2027-03-30T11:00:00Z 2027-03-30T11:00:00Z 2027-03-30T12:00:00Z'
hours 2026-10-24T12:00:00+02:00 early-warning '2026-10-25T10:00:00Z 2026-10-25T10:00:00Z 2026-10-25T11:00:00Z'
hours 2026-10-24T12:00:00+02:00 notification '2026-10-27T10:00:00Z 2026-10-27T10:00:00Z 2026-10-27T11:00:00Z'

# One incident to its end: the month runs from the filing of the notification, and
# from the handling where that came after.
source='Directive (EU) 2022/2555, Art. 23(4)'
aware=aware=2026-11-21T09:17:00+01:00
notified=notification=2026-11-23T15:42:00+01:00
due final-report '- - -' --event $aware
due final-report '2026-12-23T14:42:00Z 2026-12-23T23:00:00Z 2026-12-23T23:00:00Z' \
	--event $aware --filed $notified
due progress-report '2026-12-23T14:42:00Z 2026-12-23T23:00:00Z 2026-12-23T23:00:00Z' \
	--event $aware --filed $notified
due final-report '2027-02-28T16:00:00Z 2027-02-28T23:00:00Z 2027-03-01T23:00:00Z' \
	--event $aware --event handled=2027-01-29T17:00:00+01:00 \
	--filed $notified --filed progress-report=2026-12-23T12:00:00+01:00
due notification '2026-11-22T08:17:00Z 2026-11-22T08:17:00Z 2026-11-22T09:00:00Z' \
	--event $aware --trait trust-service

# The civil date is that of the zone: one instant, two dates.
source='Reg. 1182/71 Art. 2(1) and 3(2)(c)'
due final-report '2026-11-30T23:30:00Z 2026-12-01T00:00:00Z 2026-12-01T00:00:00Z' \
	--event aware=2026-10-31T23:30:00Z --filed notification=2026-10-31T23:30:00Z \
	--timezone Europe/Lisbon
due final-report '2026-11-30T23:30:00Z 2026-12-01T23:00:00Z 2026-12-01T23:00:00Z' \
	--event aware=2026-10-31T23:30:00Z --filed notification=2026-10-31T23:30:00Z

# The text says the same, for people.
text=$("$tocsin" due --data "$demo" --country BE --event $aware --filed $notified)
check 'text: the day ends at 24:00' 2 \
	"$(printf '%s\n' "$text" | grep -c 'nominal  *Wed 2026-12-23 24:00 +01:00  *2026-12-23T23:00:00Z')"
check 'text: it is no legal advice' 'No legal advice.' "$(printf '%s\n' "$text" | tail -n 1)"

# What the countries' files say, with the data that is shipped.
country() {
	"$tocsin" --data "$demo" country "$@"
}
check 'country: a line for each file, and a heading' \
	"$(($(ls "${top_srcdir:-.}"/etc/tocsin/countries.d/*.conf | wc -l) + 1))" "$(country | wc -l)"
check 'country: the table fits a terminal' '' "$(country | awk 'length > 80')"
check 'country: Cyprus has six hours' 1 \
	"$(country CY | grep -c '^  - early-warning: PT6H from aware; the act: PT24H from aware')"
check 'country: a code in small letters' "$(country CY)" "$(country cy)"
check 'country: as JSON' 1 "$(country CY --json | grep -c '"period":"PT6H","kind":"binds"')"
check 'country: all as JSON, on one line' 1 "$(country --json | grep -c '^{"countries":\[')"
check 'country: exit 1 for one without a file' 1 "$(country ZZ >/dev/null 2>&1; echo $?)"

# A batch: one answer a line, in order; a bad line is answered and ends nothing.
batch() {
	"$tocsin" due --data "$demo" --batch
}
answers=$(printf '%s\n' \
	'{"country":"BE","events":{"aware":"2026-11-21T09:17:00+01:00"}}' \
	'{"country":"BE","events":{"aware":"2026-11-21T09:17:00"}}' \
	'this is not JSON' \
	'' \
	'{"country":"BE","regime":"nis3","events":{}}' \
	'{"country":"BE","events":{"aware":"2026-11-22T09:17:00+01:00"}}' | batch)
check 'batch: exit status' 0 $?
line() {
	printf '%s\n' "$answers" | sed -n "$1p"
}
check 'batch: as many answers as lines' 6 "$(printf '%s\n' "$answers" | wc -l | tr -d ' ')"
check 'batch: the first answer' '2026-11-22T08:17:00Z 2026-11-22T08:17:00Z 2026-11-22T09:00:00Z' \
	"$(line 1 | times_of early-warning)"
for i in 2 3 4 5; do
	check "batch: line $i is an error" '{"error":"' "$(line $i | cut -c1-10)"
done
check 'batch: the error names the place' 1 "$(line 2 | grep -c '"pointer":"/events/aware"')"
check 'batch: goes on behind errors' '2026-11-23T08:17:00Z 2026-11-23T08:17:00Z 2026-11-23T09:00:00Z' \
	"$(line 6 | times_of early-warning)"
check 'batch: the same answers as one by one' \
	"$("$tocsin" --json due --data "$demo" --country BE --event $aware)" "$(line 1)"
check 'batch: a last line without its newline' 1 \
	"$(printf '%s' '{"events":{"aware":"2026-11-21T09:17:00Z"}}' | batch | grep -c '"clocks"')"

# Refusals and misuse.
status() {
	"$tocsin" "$@" >/dev/null 2>&1
	echo $?
}
check 'exit 1: a regime without rules' 1 "$(status due --data "$demo" --regime nis3 --event $aware)"
check 'exit 1: an unknown zone' 1 "$(status due --data "$demo" --timezone Europe/Brusels --event $aware)"
for regime in cer cra dora eidas gdpr nis2; do
	check "exit 0: $regime is shipped" 0 "$(status due --data "$demo" --regime $regime --event $aware)"
done
check 'exit 2: a time without an offset' 2 "$(status due --data "$demo" --event aware=2026-11-21T09:17:00)"
check 'exit 2: no event' 2 "$(status due --data "$demo" --country BE)"
check 'exit 2: an unknown option' 2 "$(status due --evnt $aware)"
check 'exit 2: an unknown command' 2 "$(status deu)"
check 'exit 0: no country is the plain act' 0 "$(status due --data "$demo" --country '' \
	--timezone '' --event $aware)"
check 'exit 0: help' 0 "$(status due --help)"

echo "1..$n"
