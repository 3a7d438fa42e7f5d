/* The daemon's life: start, reload, stop. */
#ifndef TOCSIN_DAEMON_DAEMON_H
#define TOCSIN_DAEMON_DAEMON_H

#include "config/conf.h"

struct daemon_options {
	struct conf_options conf;
	const char *courier_dir;	/* where tocsin-courier is */
};

/* Runs until told to stop; the exit status. */
int daemon_run(const struct daemon_options *options);

#endif
