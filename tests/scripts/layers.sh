#!/bin/sh
# The house (design): each folder of src/ includes only the folders below it, and
# core is pure: it reads no clock, no file and no environment, and knows no library
# but those that base lends it. What is checked is what the code does, by grep
# over its includes and by nm over its objects.
set -u
export LC_ALL=C
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

# folder: the folders that it may include, itself among them
layers='base: base
core: base core
config: base core config
store: base core store
engine: base core config store engine
ingest: base core config store engine ingest
http: base http
api: base core config store engine ingest http web api
daemon: base core config store engine ingest http api daemon
courier: base core config courier
cli: base core config ingest cli
web: base web'

# What core must not call. From libc: clocks, files, the environment, processes,
# the network, output. From libraries: everything, by prefix.
libc='time|times|gettimeofday|clock|clock_[a-z]+|localtime(_r)?|gmtime(_r)?|mktime|timegm|strftime|strptime|tzset|ctime(_r)?|asctime(_r)?
getenv|secure_getenv|setenv|putenv|setlocale|nl_langinfo|rand(om)?(_r)?|srand(om)?|getrandom|getentropy|arc4random[a-z_]*
open(at)?(64)?|creat(64)?|fopen(64)?|fdopen|freopen(64)?|fclose|fread|fwrite|fgets|fputs|fputc|puts|putchar|putc|getc|fgetc|getline|getdelim
read|write|readv|writev|pread(64)?|pwrite(64)?|lseek(64)?|close|ioctl|fcntl(64)?|dup[23]?|pipe2?|select|poll|ppoll|epoll_[a-z_0-9]+
f?l?stat(at)?(64)?|f?statvfs(64)?|access|faccessat|unlink(at)?|rename(at)?|mkdir(at)?|rmdir|opendir|readdir(64)?|mmap(64)?|chdir|getcwd|realpath|link|symlink
printf|__printf_chk|fprintf|__fprintf_chk|vprintf|vfprintf|__vfprintf_chk|__vprintf_chk|dprintf|vdprintf|perror|syslog|openlog|scanf|fscanf|__isoc99_f?scanf|stdin|stdout|stderr
socket|socketpair|connect|bind|listen|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg|getaddrinfo|gethostbyname(_r)?|gethostname
fork|vfork|exec[a-z]+|posix_spawnp?|system|popen|waitpid|wait|kill|signal|sigaction|raise|pthread_[a-z_]+|sleep|usleep|nanosleep|alarm|getpid|getu?id|dlopen'
libraries='sqlite3_|curl_|event_|evbuffer_|bufferevent_|evhttp_|evutil_|config_|json_object_|json_array_|json_load|json_dump|EVP_|SHA|HMAC|RAND_|CRYPTO_|inflate|deflate|PQ|log_write|clock_wall|clock_boot|clock_monotonic|clock_read'
# Documents are made in core, with jansson's constructors; base/json.h reads them.
allowed='json_object_set_new(_nocheck)?|json_object_[a-z_]+|json_array_[a-z_]+'

echo "1..$(printf '%s\n' "$layers" "purity" "self" | wc -l)"

seen=" "
while IFS=': ' read -r folder may; do
	seen="$seen$folder "
	bad=
	for file in "$top_srcdir/src/$folder"/*.[ch]; do
		test -e "$file" || continue
		for other in $(sed -n 's|^#[[:space:]]*include[[:space:]]*"\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
			case " $may " in
			*" $other "*) ;;
			*) bad="$bad${bad:+
}${file#"$top_srcdir"/} includes $other/" ;;
			esac
		done
	done
	result "src/$folder includes only: $may" "$bad"
done <<END
$layers
END

bad=
for folder in "$top_srcdir"/src/*/; do
	folder=$(basename "$folder")
	case $seen in *" $folder "*) ;; *) bad="$bad $folder has no place in the house" ;; esac
done
result "every folder of src/ has its place" "$bad"

# Names that core defines itself (event_types ...) only look like a library's.
pattern="^($(printf '%s' "$libc" | tr '\n' '|')|($libraries).*)\$"
if test "$NM" = :; then
	echo "ok $((number + 1)) - core is pure # SKIP no nm"
	exit 0
fi
library=$top_builddir/src/core/libcore.a
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$NM" --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u >"$work/own"
"$NM" -u "$library" | awk 'NF == 2 && $1 == "U" { print $2 }' | sed 's/@.*//' | sort -u >"$work/needs"
bad=$(comm -13 "$work/own" "$work/needs" | grep -E "$pattern" | grep -vE "^($allowed)\$")
test -s "$work/own" && test -s "$work/needs" || bad="nm says nothing about $library"
result "core is pure" "$bad"
