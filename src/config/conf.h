/*
 * The configuration: read whole, checked whole, then never changed. A reload
 * makes a new one and swaps; a struct conf that exists is valid.
 *
 * Everything in it lives in the configuration's own arena, so freeing it frees
 * all: rules, zones, mappings, names.
 */
#ifndef TOCSIN_CONFIG_CONF_H
#define TOCSIN_CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/netblock.h"
#include "core/hold.h"
#include "core/policy.h"
#include "core/regime.h"
#include "core/rota.h"

struct conf;

/* Where in the files a thing was said, for messages after reading. */
struct conf_place {
	const char *file;
	int line;
};

struct conf_listen {
	const char *address;	/* numeric; NULL for a Unix socket */
	int port;
	const char *unix_path;	/* NULL for TCP */
	unsigned int mode;	/* of the socket: 0660 */
	const char *group;
	bool from_proxy;	/* Unix: a proxy connects here; nobody is admin by that */
	const char *certificate, *key;	/* files, both or none: TLS */
	const char *client_ca;	/* NULL: no certificate is asked of clients */
	struct conf_place place;
};

/* Whom to believe about those for whom he speaks. */
struct conf_proxy {
	struct netblock *blocks;	/* of the peers that are proxies of ours */
	size_t n_blocks;
	const char *identity_header;	/* the subject of the client's certificate; NULL: none */
};
/* Is that TCP peer one of them? */
bool conf_is_proxy(const struct conf *conf, const char *address);

enum role { ROLE_INGEST, ROLE_READ, ROLE_OPERATE, ROLE_ADMIN };
const char *role_name(enum role role);

/* A secret is a reference ("file:PATH", "credential:NAME"), never a value. */
struct conf_secret {
	const char *reference;	/* NULL: none */
	struct conf_place place;
};
/* Reads what it refers to, one line, into *ret (at most max bytes, the newline
 * at its end removed). credential: from $CREDENTIALS_DIRECTORY; a bare URL, where
 * one is allowed, is its own text. The caller wipes
 * it. Errors name the reference, never the content. */
struct buf;
int conf_secret_read(const struct conf_secret *secret, size_t max, struct buf *ret,
	struct error *err);

/* Where the text of a token may stand in a request. */
enum credential {
	CREDENTIAL_BEARER = 1 << 0,	/* Authorization: Bearer, GenieKey */
	CREDENTIAL_BASIC = 1 << 1,	/* the password; the user's name is not looked at */
	CREDENTIAL_HEADER = 1 << 2,	/* the header that the token names */
	CREDENTIAL_URL = 1 << 3,	/* the last part of the path */
	CREDENTIAL_BODY = 1 << 4,	/* the routing key of an event */
};

enum signed_kind { SIGNED_TEXT, SIGNED_ID, SIGNED_TIMESTAMP, SIGNED_BODY };
enum { CONF_SIGNED_MAX = 12, CONF_KEY_SIZE = 64 };

/* A key as HMAC-SHA-256 takes it: one longer than a block is digested. No digest of
 * it could verify anything, so it is kept as it is. */
struct conf_key {
	unsigned char bytes[CONF_KEY_SIZE];
	size_t len;			/* 0: none */
};

/* How a sender signs: HMAC-SHA-256 over the pieces, in that header. */
struct conf_signature {
	const char *header, *prefix;
	bool base64;			/* else hex */
	const char *timestamp_header, *id_header;	/* NULL: none */
	struct signed_piece {
		enum signed_kind kind;
		const char *text;	/* SIGNED_TEXT */
	} pieces[CONF_SIGNED_MAX];
	size_t n_pieces;
	int64_t window_ms;		/* how far the timestamp may be from now */
	struct conf_key key, previous;
};

/* One credential. It is known by its secret, or by its signature, or by the
 * certificate of its user. */
struct conf_token {
	const char *name;
	enum role role;
	const char *source;		/* ROLE_INGEST: the source it may post to */
	const char **entities;		/* none: all */
	size_t n_entities;
	struct conf_secret secret, previous;
	unsigned char digest[DIGEST_SIZE];	/* of the token's text; the text is not kept */
	unsigned char previous_digest[DIGEST_SIZE];	/* zeros: none */
	unsigned int accept;		/* enum credential; 0: not known by its secret */
	const char *header;		/* CREDENTIAL_HEADER */
	const char *identity;		/* subject of a client's certificate; NULL: none */
	struct conf_signature *signature;	/* NULL: none */
	struct conf_place place;
};

struct conf_entity {
	const char *id, *name;
	const char *country;		/* "" : the plain directive */
	const char *timezone;
	const char **regimes;
	size_t n_regimes;
	const char **traits;
	size_t n_traits;
	const struct policy *policy;
	int64_t assessment_ms;		/* 0: no assessment clock */
	enum confirmation confirmation;	/* who is a second person */
	struct entity_rules rules;	/* ready for incident_fold, by the present rulebook;
					 * with the entity's targets and overrides */
	struct conf_place place;
};

/* Where a field of an alert stands: the first of the paths that has a value. */
struct conf_pick {
	const char **paths;
	size_t n;
};

/* A test of what an alert is: the value at the path is one of these, whatever the
 * case; or, with except, there is none or it is another. */
struct conf_test {
	const char *path;
	const char **values;
	size_t n;
	bool except;
	const struct conf_test *and;	/* must hold too; NULL: none */
};

/* One of them holds; never true of none. */
struct conf_tests {
	const struct conf_test *list;
	size_t n;
};

struct conf_severity_rule {
	const char *is;			/* equal, whatever the case; NULL: a range */
	int64_t from, to;
	enum severity severity;
};

/* Whose incident it is, by what an alert says at "entity". */
struct conf_entity_rule {
	const char *is;			/* equal, whatever the case */
	const char *entity;		/* an id; checked where a source uses the format */
	int line;
};

enum awareness { AWARENESS_TRIAGE, AWARENESS_ALERT };
enum awareness_time { AWARENESS_RECEIVED, AWARENESS_DETECTED };

/* What a body is made of: documents of JSON, or lines of text. */
enum syntax { SYNTAX_JSON, SYNTAX_CEF, SYNTAX_LEEF };

/*
 * A source format, one file of sources.d: what an alert of a product says where.
 * Paths as in ingest/scan.h; those that begin with "^" are of the document around
 * the alert, where "each" finds several in one.
 */
struct conf_format {
	const char *name, *title, *version;
	char digest[DIGEST_HEX_SIZE];
	enum syntax syntax;
	struct conf_pick each;		/* the first that is an array, or an object, holds the
					 * alerts; "a[].b": b of each element of a; ".": the
					 * document is one. None: it always is */
	bool cloudevents;		/* attributes in headers are put around the body */
	bool unparsed;			/* what cannot be read opens an incident */
	/* Alternatives, the first with its last part wins: parts joined by ":", those
	 * missing are left out. */
	struct conf_pick *keys;
	size_t n_keys;
	bool key_digest;		/* without a key: the digest of the alert's bytes */
	struct conf_pick title_from, description, severity_from, detected_at, aware_at, entity;
	const char *title_default;	/* NULL: an alert without a title is none */
	struct conf_severity_rule *severities;	/* first that matches; none: unknown */
	size_t n_severities;
	struct conf_entity_rule *entities;	/* none: the value is the entity's id */
	size_t n_entities;
	const char *time_format;	/* letters as Java's SimpleDateFormat; NULL: known forms */
	struct conf_pick time_format_from;	/* the same, stated by the alert */
	const struct zone *zone;	/* of times that have none; NULL: such are left out */
	struct conf_tests resolved, updates, tests;	/* a resolve; an update; a test message */
	struct conf_tests significant;	/* none: every alert is */
	/* What a source takes that does not say otherwise. */
	enum awareness awareness;
	enum awareness_time awareness_time;
	enum severity minimum;
	struct conf_place place;
};

struct conf_source {
	const char *name;
	const struct conf_format *format;
	const struct conf_entity *entity;
	enum awareness awareness;
	enum awareness_time awareness_time;
	enum severity minimum;		/* SEVERITY_UNKNOWN: none */
	int64_t rejoin_ms;		/* P7D */
	int64_t silent_ms;		/* no alert for so long is worth a notice; 0: never */
	int rate_max;			/* new incidents in any rate_ms; 0: no limit */
	int64_t rate_ms;
	int open_max;			/* incidents not settled; 0: no limit */
	const char **webhook_origins;	/* that may ask whether they may post; "*": all */
	size_t n_webhook_origins;
	struct conf_place place;
};

enum channel_type {
	CHANNEL_SLACK, CHANNEL_WEBHOOK, CHANNEL_EMAIL, CHANNEL_CONSOLE,
	CHANNEL_SLACK_BOT, CHANNEL_TEAMS, CHANNEL_MATTERMOST, CHANNEL_PAGERDUTY, CHANNEL_NTFY,
	CHANNEL_HEARTBEAT,		/* not of the list of channels: conf.heartbeat */
};
enum smtp_tls { SMTP_STARTTLS, SMTP_IMPLICIT, SMTP_PLAIN };

struct conf_channel {
	const char *name;
	enum channel_type type;
	struct conf_secret url;		/* web channels; a bare https:// URL is allowed */
	struct conf_secret secret;	/* webhook: whsec_... */
	struct conf_secret token;	/* slack-bot, ntfy */
	struct conf_secret routing_key;	/* pagerduty */
	struct conf_secret signing_secret;	/* slack, slack-bot: of requests from Slack */
	char *signing_key;		/* what it refers to, where secrets are read; NULL: none.
					 * The daemon's own: couriers are not told */
	const char *room;		/* slack-bot: id of the Slack channel */
	const char *topic;		/* ntfy */
	const char *ca_file;		/* NULL: the system's */
	bool allow_http;
	const char *relay_host;		/* email */
	int relay_port;
	enum smtp_tls tls;
	bool allow_plain;
	const char *user;		/* NULL: no AUTH */
	struct conf_secret password;
	const char *from;
	const char **to;
	size_t n_to;
	int64_t timeout_ms;		/* of one attempt */
	const char *transport;		/* "web" or "smtp:HOST:PORT": see transport.h */
	/* Not known to couriers: */
	const struct hours *quiet;	/* NULL: none */
	int rate_max;			/* attempts in any rate_ms; 0: no limit */
	int64_t rate_ms;
	int64_t test_ms;		/* a test so often; 0: none by itself */
	struct conf_place place;
};

struct conf_limits {
	int64_t body_max, batch_max, body_memory;	/* bytes */
	int64_t alerts_per_batch;
	int64_t connections, connections_per_address;
	int64_t head_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
	int64_t in_flight;		/* deliveries at once, per courier */
};

/* The outside watcher, a channel of its own kind so that a courier can post to it. */
struct conf_heartbeat {
	const struct conf_channel *channel;	/* NULL: there is none */
	int64_t every_ms;
};
/* Its name: no channel of the configuration can have it. */
#define CONF_HEARTBEAT	"(heartbeat)"

/* A rule file as it was read. */
struct rule_text {
	const char *name;		/* "regimes.d/nis2.conf" */
	const char *text;
	size_t len;
};

/* The digest of a ruleset: SHA-256 over one line for each file, in the order of the
 * names: the name, a NUL byte, SHA-256 of the text in hex, a newline. Where the files
 * lie does not count. */
void ruleset_digest(const struct rule_text *texts, size_t n, char ret[DIGEST_HEX_SIZE]);

struct conf {
	const char *path;		/* of the main file, absolute */
	char digest[DIGEST_HEX_SIZE];	/* of every file read, in order */
	const char *store_path;
	int64_t disk_floor, ballast;	/* bytes */
	const char *public_url;		/* without a slash at the end, or NULL */
	struct conf_listen *listens;
	size_t n_listens;
	struct conf_proxy proxy;
	struct conf_token *tokens;
	size_t n_tokens;
	struct conf_entity *entities;
	size_t n_entities;
	struct conf_source *sources;
	size_t n_sources;
	struct conf_channel *channels;
	size_t n_channels;
	struct roster roster;		/* people and rotas */
	struct policy *policies;
	struct conf_place *policy_places;	/* of each */
	size_t n_policies;
	const char **operations;	/* as a step's to: who hears of tocsin's own troubles */
	size_t n_operations;
	struct conf_heartbeat heartbeat;
	struct conf_limits limits;
	struct conf_format *formats;	/* those that sources use, and all others found */
	size_t n_formats;
	struct rulebook book;
	/* What the rulebook was read from, by name, and the digest of that (ruleset_digest):
	 * incidents are pinned to it. */
	struct rule_text *rule_texts;
	size_t n_rule_texts;
	char ruleset[DIGEST_HEX_SIZE];
	struct arena *arena;
};

/* What went wrong, or is worth a warning, one a line, in the order of the files:
 * "file:line: message". */
struct conf_report {
	struct error *errors;
	size_t n_errors;
	struct error *warnings;
	size_t n_warnings;
};
void conf_report_release(struct conf_report *report);

struct conf_options {
	const char *path;		/* NULL: sysconfdir/tocsin/tocsind.conf */
	const char *data_dir;		/* Where regimes.d, countries.d and sources.d are: one
					 * directory, or several with ":" between; of files with
					 * the same name the first wins. NULL: datadir/tocsin,
					 * and that too for a folder that none of them has. Files
					 * under the main file's own directory win over all. */
	bool read_secrets;		/* also read every secret, to see that it is there
					 * (-t and the daemon); token digests are made */
};

/* NULL when there is any error; the report then has at least one. Warnings may
 * stand beside a good configuration. */
struct conf *conf_load(const struct conf_options *options, struct conf_report *report);
void conf_free(struct conf *conf);	/* NULL is allowed */

/* Only the rules (regimes, countries): for the calculator, without a daemon.
 * data_dir as above; NULL: datadir/tocsin, files of sysconfdir/tocsin winning. */
struct rules;
struct rules *rules_load(const char *data_dir, struct conf_report *report);
/* From texts that were kept (rule_text): errors name the file and line as when it was
 * read from disk. zone, zone_arg: as in a rulebook; the rules borrow them. */
struct rules *rules_load_texts(const struct rule_text *texts, size_t n,
	const struct zone *(*zone)(void *arg, const char *name, struct error *err),
	void *zone_arg, struct conf_report *report);
const struct rulebook *rules_book(const struct rules *rules);
const char *rules_ruleset(const struct rules *rules);	/* their digest, as conf.ruleset */
void rules_free(struct rules *rules);

/* One source format: a file, or a name that is looked up as for the daemon. */
struct format_file;
struct format_file *format_file_load(const char *file, const char *data_dir,
	struct conf_report *report);
const struct conf_format *format_file_format(const struct format_file *file);
void format_file_free(struct format_file *file);	/* NULL is allowed */

const struct conf_entity *conf_entity(const struct conf *conf, const char *id);
const struct conf_source *conf_source(const struct conf *conf, const char *name);
const struct conf_channel *conf_channel(const struct conf *conf, const char *name);

/* One of the system's zones, for a program without a configuration; zone_free. */
struct zone *conf_zone_read(const char *name, struct error *err);
/* Has a time zone file changed since it was read (a new tzdata)? It stays true until
 * the configuration is loaded anew. Cheap enough for every half minute. */
bool conf_zones_changed(const struct conf *conf);
/* SHA-256 of the file that a zone was read from; false: none was read for it. */
bool conf_zone_digest(const struct conf *conf, const char *name, char ret[DIGEST_HEX_SIZE]);

/* Names of settings that differ and need a restart (listeners, the store), one a
 * line into *out; false when there are none. */
bool conf_needs_restart(const struct conf *before, const struct conf *after, struct buf *out);

#endif
