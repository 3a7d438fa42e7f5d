#!/bin/sh
# embed.sh FILE...: the files of the dashboard as a C table, on standard output. The
# same files give the same bytes. POSIX tools and sha256sum; no build step beyond it.
set -eu
LC_ALL=C
export LC_ALL

type_of() {
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.svg) echo 'image/svg+xml' ;;
	*) echo "embed.sh: of what type is $1?" >&2; exit 1 ;;
	esac
}

printf '/* Made by embed.sh from the files beside it. */\n'
printf '#include "config.h"\n\n#include "web/web.h"\n'
n=0
for file; do
	printf '\nstatic const unsigned char asset_%d[] = {\n' "$n"
	od -An -v -tu1 "$file" | sed 's/^ *//; s/  */,/g; s/$/,/'
	printf '};\n'
	n=$((n + 1))
done
printf '\nconst struct web_asset web_assets[] = {\n'
n=0
for file; do
	type=$(type_of "$file")
	sum=$(sha256sum < "$file" | cut -c1-32)
	printf '\t{ "%s", "%s", "\\"%s\\"", asset_%d, sizeof(asset_%d) },\n' \
		"${file##*/}" "$type" "$sum" "$n" "$n"
	n=$((n + 1))
done
printf '};\nconst size_t web_asset_count = sizeof(web_assets) / sizeof(web_assets[0]);\n'
