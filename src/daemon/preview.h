/*
 * tocsind -t beside a daemon that runs: what the rule files just checked would change
 * for its open incidents, before they are loaded. The client finds that out; this
 * only starts it, where a daemon answers, and never for long.
 */
#ifndef TOCSIN_DAEMON_PREVIEW_H
#define TOCSIN_DAEMON_PREVIEW_H

#include "config/conf.h"

/* conf: as it was read, with the same options. bin_dir: where tocsin is. Prints the
 * client's answer; of a failure one line of warning. No daemon: nothing. */
void preview_rules(const struct conf *conf, const struct conf_options *options,
	const char *bin_dir);

#endif
