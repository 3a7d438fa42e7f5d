/*
 * How channels share couriers, and what daemon and courier say to each other.
 *
 * All web channels (and the console) share the courier "web"; each SMTP relay has
 * one of its own, "smtp:HOST:PORT", because libcurl blocks its caller while a
 * mail server thinks (measured). So a stuck relay delays nobody else.
 *
 * The courier is started as `tocsin-courier TRANSPORT` with the socket to the
 * daemon as descriptor 3. It is told its channels by the first message, loads
 * their secrets itself, and says ready. It does not read the configuration: one
 * that is started again must be the same, whatever stands in the file by then.
 * Messages are JSON objects, one a line of at most 256 KiB:
 *
 *   daemon  {"op":"setup","strict":true,"public_url":"...","channels":[{...}]}
 *           first, once; strict: a secret that is missing is a failure (a start,
 *           a reload); else it is that channel's trouble alone (a restart)
 *           {"op":"send","id":"dlv_k3j9x0aa_7","attempt":1,"channel":"soc",
 *            "recipient":"ciso@example.org","thread":"C0123456789:1700000000.000100",
 *            "notice":{...}}
 *           thread: the handle that the last result for this incident and channel had,
 *           absent where there was none
 *           {"op":"send","id":"reply_k3j9x0aa","attempt":1,"channel":"soc",
 *            "reply":{"to":"https://hooks.slack.com/actions/..."},
 *            "notice":{"kind":"reply","text":"..."}}
 *           an answer to somebody who pressed a button: tried once, kept nowhere
 *           end of file: finish what is in flight, then exit
 *   courier {"op":"ready"}
 *           {"op":"failed","text":"..."}     it cannot start, and exits
 *           {"op":"result","id":"dlv_k3j9x0aa_7","attempt":1,
 *            "outcome":"delivered|temporary|permanent|ambiguous",
 *            "detail":"HTTP 429","retry_after_s":30,
 *            "handle":"C0123456789:1700000000.000100"}
 *           handle: what the receiver calls the thread of the incident (slack-bot), at
 *           most 100 bytes of ASCII, opaque; absent where there is none. A courier knows
 *           those it has seen itself, the daemon those of all times.
 *
 * A detail that begins with "not sent: " is of an attempt that reached nobody because of
 * the courier itself: it says nothing of the channel.
 *
 * The heartbeat is a channel of the courier "web" too, CONF_HEARTBEAT; its send has the
 * id "heartbeat", and its notice is {"kind":"heartbeat","failed":false,"body":"..."}.
 *
 * A notice, as a courier gets it (all of it made by the daemon; texts may come
 * from alerts and are to be escaped for the channel):
 *
 *   {"kind":"step|settled|operations|test|acknowledged", "drill":false,
 *    "drill_scale":4320,                     time runs so many times as fast
 *    "title":"soc is down",                  operations, test: what it is, in one line
 *    "about":"channel-down",                 operations: downtime, clock-stepped, ...
 *    "incident":{"id","entity","entity_name","title","severity","state","source","opened_at","url"},
 *    "clock":{as in document_clock},
 *    "step":{"at":"-PT4H","number":3,"repeat":0,"of":4,"needs":"PT6H"}, "passed_over":0,
 *    "on_call":"alice (soc)",                where a rota had a part in it
 *    "nobody_on_call":true,                  told in place of a rota that is not staffed
 *    "fallback_for":"soc",                   only on a fallback notice, with why:
 *    "fallback_why":"refused|fails|channel down"
 *    "stands_for":23,                        earlier reminders that did not get through
 *    "page":1,                               pagerduty: which alert of its clock, from 0
 *    "acknowledgement":{"by":"j.doe","until":"..."},    only with kind acknowledged
 *    "journal":{"seq":17,"hash":"..."},
 *    "now":"2026-11-21T08:17:00Z", "remaining_s":86400, "late_s":0,
 *    "ack_url":"https://tocsin.example.org/a/...",      with kind step, where there is a
 *    "ack_token":"...",                                 public_url: a link or a button
 *    "subject":"one line, the same stem for the whole incident",
 *    "text":"a few plain lines"}
 *
 * incident, clock and step are absent where they make no sense (test, operations).
 */
#ifndef TOCSIN_CONFIG_TRANSPORT_H
#define TOCSIN_CONFIG_TRANSPORT_H

#include "base/arena.h"
#include "base/json.h"
#include "config/conf.h"

enum { TRANSPORT_LINE_MAX = 256 * 1024, TRANSPORT_FD = 3 };
#define TRANSPORT_WEB "web"
/* action_id of the button in Slack that acknowledges. */
#define SLACK_ACTION "tocsin.acknowledge"
#define TRANSPORT_NOT_SENT "not sent: "
#define TRANSPORT_HEARTBEAT "heartbeat"	/* the id of its sends */

/* The distinct transports of a configuration, in order; the array is the
 * caller's (free()), the names are the configuration's. */
size_t transport_list(const struct conf *conf, const char ***ret);

/* The setup message for a transport: its channels, secrets as references. */
json_t *transport_setup(const struct conf *conf, const char *transport);
/* And back, in the courier: everything is made in the arena. */
int transport_setup_read(const json_t *setup, struct arena *arena,
	struct conf_channel **ret_channels, size_t *ret_n, const char **ret_public_url,
	struct error *err);

#endif
