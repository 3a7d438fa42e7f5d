#!/bin/sh
# The ids of events are an interface: the program, the catalog and the manual have the
# same ones, and the journal takes the catalog.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
catalog=$top_srcdir/systemd/tocsin.catalog
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

echo 1..4
sed -n 's/^\t\[MESSAGE_\([A-Z_]*\)\] =.*"\([0-9a-f]\{32\}\)".*/\1 \2/p' \
	"$top_srcdir/src/base/message_id.c" | tr 'A-Z_' 'a-z-' | sort >"$work/program"
sed -n 's/^\.It \([a-z-]*\), Ql \([0-9a-f]\{32\}\)$/\1 \2/p' "$top_srcdir/man/tocsind.8.in" |
	sort >"$work/manual"
bad=$(diff "$work/program" "$work/manual")
test -s "$work/program" || bad="no ids found"
result "the manual has the ids of the program" "$bad"

cut -d ' ' -f 2 "$work/program" | sort >"$work/ids"
sed -n 's/^-- \([0-9a-f]\{32\}\)$/\1/p' "$catalog" | sort >"$work/explained"
result "the catalog explains each of them once" "$(diff "$work/ids" "$work/explained")"

bad=$(grep -o '@[A-Z_]*@' "$catalog" | sort -u | tr -d @ | while read -r field; do
	grep -q "\"$field\|$field=" "$top_srcdir/src/base/log.c" || echo "$field"
done)
result "the catalog uses fields that are sent" "$bad"

if ! command -v journalctl >/dev/null; then
	echo "ok 4 - the journal takes the catalog # SKIP journalctl is not here"
	exit 0
fi
mkdir -p "$work/root/usr/lib/systemd/catalog" "$work/root/var/lib/systemd/catalog"
cp "$catalog" "$work/root/usr/lib/systemd/catalog/"
bad=$(journalctl --root="$work/root" --update-catalog 2>&1) &&
	test "$(journalctl --root="$work/root" --list-catalog 2>/dev/null | grep -c .)" = \
		"$(wc -l <"$work/ids")" && bad=
test -z "$bad" || bad="taken: $bad"
result "the journal takes the catalog" "$bad"
