/* The command line of tocsind. */
#ifndef TOCSIN_DAEMON_OPTIONS_H
#define TOCSIN_DAEMON_OPTIONS_H

/* Does what the arguments say; the exit status: 0, 1 failed, 2 usage. */
int options_run(int argc, char **argv);

#endif
