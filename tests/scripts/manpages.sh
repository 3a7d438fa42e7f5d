#!/bin/sh
# Manual pages pass mandoc's linter without a word, cross-reference only pages that
# exist here or in section 3, 5 and 8 of the system, and hold no path of a build.
set -u
test "$MANDOC" != : || { echo "1..0 # SKIP mandoc is not installed"; exit 0; }
set -- "$top_srcdir"/man/*.[0-9].in
echo "1..$(($# * 3))"
number=0
result() {	# name, what is wrong
	number=$((number + 1))
	if test -z "$2"; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

for page; do
	name=${page##*/}
	result "$name passes the linter" "$("$MANDOC" -T lint -W warning "$page" 2>&1)"
	bad=$(sed -n 's/^\.Xr \(tocsin[a-z.-]*\) \([0-9]\).*/\1.\2/p' "$page" | sort -u |
		while read -r other; do
			test -e "$top_srcdir/man/$other.in" || echo "there is no page $other"
		done)
	result "$name refers to pages that exist" "$bad"
	built=$top_builddir/man/${name%.in}
	bad=$(grep -n '@[a-zA-Z]*@' "$built" 2>&1)
	result "$name has all its paths put in" "$bad"
done
