#!/bin/sh
# "tocsin source try": the worked example of tocsin-sources(5), as it is printed there,
# and what the command says of mistakes.
tocsin=${top_builddir:-.}/src/cli/tocsin
page=${top_srcdir:-.}/man/tocsin-sources.5.in
data=${top_srcdir:-.}/etc/tocsin
bodies=${top_srcdir:-.}/tests/data/alerts
n=0

if [ ! -x "$tocsin" ]; then
	echo "Bail out! $tocsin is not built"
	exit 1
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# check NAME WANTED GOT
check() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "wanted: $2" "got: $3" | sed 's/^/# /'
	fi
}

example() {	# name
	sed -n "/^\.\\\\\" example $1\$/,/^\.\\\\\" end\$/p" "$page" | grep -v '^\.'
}

echo 1..11
example format >"$work/scanner.conf"
example body >"$work/body.json"
example output >"$work/wanted"
got=$("$tocsin" source try "$work/scanner.conf" "$work/body.json")
check "the example of the manual is read" 0 $?
check "it prints what the manual says" "$(cat "$work/wanted")" \
	"$(printf '%s\n' "$got" | grep -xF -f "$work/wanted" | head -n "$(wc -l <"$work/wanted")")"
check "the last line counts" "2 alerts, 0 of them cannot be read" "$(printf '%s\n' "$got" | tail -n 1)"

got=$("$tocsin" source try "$work/scanner.conf" - <"$work/body.json" | head -n 1)
check "a body comes from standard input" "$(head -n 1 "$work/wanted")" "$got"
got=$("$tocsin" --data "$data" --json source try opensearch "$bodies/opensearch-default.txt")
check "a body that cannot be read is a failure" 1 $?
check "and says why" "neither a JSON object nor an array" \
	"$(printf '%s\n' "$got" | sed 's/.*"detail":"\([^"]*\)".*/\1/')"
got=$("$tocsin" --data "$data" source try elastik /dev/null 2>&1)
check "a format that is not there" "1 tocsin: elastik: there is no such format in sources.d; a file of your own is named with its path" \
	"$? $got"
sed 's/^key = .*/ky = "no";/' "$work/scanner.conf" >"$work/bad.conf"
got=$("$tocsin" source try "$work/bad.conf" "$work/body.json" 2>&1)
check "a mistake in the format is named with its line" \
	"1 tocsin: $work/bad.conf:5: unknown key \"ky\"; did you mean \"key\"?" \
	"$? $(printf '%s\n' "$got" | grep ky)"
"$tocsin" source try "$work/scanner.conf" 2>/dev/null
check "a body is needed" 2 $?
"$tocsin" source tri a b 2>/dev/null
check "there is nothing but try" 2 $?
bad=$(sed -n 's/.*sources\.d\/\(.*\)\.conf.*/\1/p' "${top_srcdir:-.}/etc/Makefile.am" |
	while read -r format; do grep -q "^\.Ql $format\( \|\$\)" "$page" || echo "$format"; done)
check "the manual lists every format that is shipped" "" "$bad"
