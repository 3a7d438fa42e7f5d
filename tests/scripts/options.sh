#!/bin/sh
# The option table, the sample file and the manual must name the same keys.
#
# In the sample every key stands as "key = ", commented out or not, under a heading
# "# ---- group ---" (what stands under "more" is not looked at); in the manual as
# ".It Ic key" under ".Ss group". A default of the table stands in the sample as it is in
# the table.
set -u
sample=$top_srcdir/etc/tocsin/tocsind.conf.in
manual=$top_srcdir/man/tocsind.conf.5.in
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

echo 1..5
number=0
result() {	# name, file that must be empty
	number=$((number + 1))
	if test -s "$2"; then
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

"$top_builddir/tests/unit/print_options" >"$work/table" || echo "Bail out! no table"
cut -f 1,2 "$work/table" | sort -u >"$work/keys"

# group<TAB>key of every "key = value": what opens a list or a group is a section
# of the top level (or of what has it: steps, targets, overrides, signature ...), the rest
# belongs to its heading.
awk '
BEGIN {
	owner["steps"] = owner["for"] = "policy"; owner["quiet"] = "channel"
	owner["limit"] = "source"
	owner["hours"] = "rota"; owner["targets"] = owner["overrides"] = "entity"
	owner["signature"] = "token"
}
/^# ---- [a-z]+ -/ { group = $3; next }
group == "more" { next }
{
	line = $0
	while (match(line, /(^|[#{; ])[a-z_]+ = ["\[({0-9tf@]/)) {
		key = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		opens = key ~ /[({]$/
		sub(/ = .*/, "", key)
		sub(/^[#{; ]/, "", key)
		if (!opens)
			print group "\t" key
		else if (key == "overrides" && group == "rota")
			print group "\t" key
		else
			print (key in owner ? owner[key] : "top") "\t" key
	}
}' "$sample" | sort -u >"$work/sample"
comm -23 "$work/keys" "$work/sample" >"$work/out"
result "every option of the table is in the sample" "$work/out"
comm -13 "$work/keys" "$work/sample" >"$work/out"
result "every key of the sample is in the table" "$work/out"

# Plain defaults only: paths are put in by make, lists and "none" have examples.
while IFS='	' read -r group key default; do
	case $default in '' | */* | '[ ]') continue ;; esac
	grep -Eq "(^|[#{; ])$key = \"?$default\"?;" "$sample" || echo "$group $key = $default"
done <"$work/table" >"$work/out"
result "the sample shows the defaults of the table" "$work/out"

awk '
/^\.Ss / { group = $2 }
/^\.It Ic / { print group "\t" $3 }' "$manual" | sort -u >"$work/manual"
comm -23 "$work/keys" "$work/manual" >"$work/out"
result "every option of the table is in the manual" "$work/out"
comm -13 "$work/keys" "$work/manual" >"$work/out"
result "every key of the manual is in the table" "$work/out"
