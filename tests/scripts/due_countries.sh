#!/bin/sh
# Where a country's law and the directive differ, the calculator shows people both
# readings with their dates, and what kind of source the national one has. Each block
# names the act; the instants were worked out by hand.
tocsin=${top_builddir:-.}/src/cli/tocsin
data=${top_srcdir:-.}/etc/tocsin
n=0

if [ ! -x "$tocsin" ]; then
	echo "Bail out! $tocsin is not built"
	exit 1
fi

# ask COUNTRY OPTION...: the text as one line, so that it may break anywhere.
ask() {
	country=$1
	shift
	text=$("$tocsin" due --data "$data" --country "$country" \
		--event aware=2026-11-21T08:17:00Z "$@" | tr -s ' \n' ' ')
}

# shows WHAT PATTERN...: the text of the last question has them all.
shows() {
	what=$1 missing=
	shift
	n=$((n + 1))
	for pattern; do
		case $text in
		*"$pattern"*) ;;
		*) missing="$missing '$pattern'" ;;
		esac
	done
	if [ -z "$missing" ]; then
		echo "ok $n - $country: $what"
	else
		echo "not ok $n - $country: $what"
		echo "# missing:$missing"
		printf '%s\n' "$text" | sed 's/^/# /'
	fi
}

warned='--filed early-warning=2026-11-21T15:00:00Z'
notified='--filed notification=2026-11-23T14:42:00Z'

# Cyprus, DSA guide to NIS2: 6 hours in place of 24.
ask CY
shows 'six hours and the directive'\''s 24' 'Sat 2026-11-21 16:17 +02:00' \
	'Sun 2026-11-22 10:17 +02:00'
shows 'a guide, verified, and when it was read' 'DSA guide to NIS2' guidance verified \
	2026-09-03

# Portugal, Decreto-Lei 125/2025, arts 41-44: the end of the impact within 24 hours, and
# the final report 30 working days after that was filed.
ask PT --event impact-ended=2026-11-25T10:00:00Z $notified \
	--filed end-of-impact=2026-11-26T09:00:00Z
shows 'the end of the impact' 'end-of-impact' 'Thu 2026-11-26 10:00 +00:00'
shows 'a month and 30 working days' 'Wed 2026-12-23 14:42 +00:00' \
	'Wed 2027-01-13 09:00 +00:00'
shows 'the law, and when it was read' 'Decreto-Lei 125/2025' verified 2026-09-03

# Czechia: what NÚKIB's guidance and CSIRT.CZ say of zákon č. 264/2025 Sb.
ask CZ --event classified=2026-11-21T20:00:00Z
shows 'from awareness and from the classification' 'Sun 2026-11-22 09:17 +01:00' \
	'Sun 2026-11-22 21:00 +01:00'
shows 'guidance, in conflict' guidance 'NÚKIB'
ask CZ $warned $notified
shows 'a month and 30 days from the early warning' 'Wed 2026-12-23 15:42 +01:00' \
	'Mon 2026-12-21 16:00 +01:00'

# Croatia, Uredba NN 135/2024, arts 69-70: 30 days in place of the month.
ask HR --filed notification=2026-12-29T09:00:00Z
shows '30 days and a month' 'Thu 2027-01-28 10:00 +01:00' 'Fri 2027-01-29 10:00 +01:00'
shows 'the regulation, and when it was read' 'Uredba NN 135/2024' 2026-09-03

# Lithuania, Kibernetinio saugumo įstatymas, art. 18(4): a month from point 1.
ask LT $warned $notified
shows 'a month from the warning and from the notification' \
	'Mon 2026-12-21 17:00 +02:00' 'Wed 2026-12-23 16:42 +02:00'
shows 'the law, and when it was read' 'Kibernetinio saugumo' 2026-08-01

# Where nothing is in force the directive's own date stands alone.
ask FR
shows 'the directive alone' 'Sun 2026-11-22 09:17 +01:00' \
	'Directive (EU) 2022/2555, Art. 23(4)(a)'

echo "1..$n"
