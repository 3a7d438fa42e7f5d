# The lines of a text as C strings: for what the daemon serves itself.
s/\\/\\\\/g
s/"/\\"/g
s/^/	"/
s/$/\\n"/
