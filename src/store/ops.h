/*
 * The list of a store's functions, written once for both stores: every store
 * names them PREFIX_incident_insert and so on, declares them by STORE_FUNCTIONS
 * and lists them by STORE_TABLE. The contracts are in store.h.
 */
#ifndef TOCSIN_STORE_OPS_H
#define TOCSIN_STORE_OPS_H

#include "store/store.h"

#define STORE_FUNCTIONS(prefix) \
	void prefix##_close(struct store *s); \
	int prefix##_begin(struct store *s, struct error *err); \
	int prefix##_commit(struct store *s, struct error *err); \
	void prefix##_rollback(struct store *s); \
	int64_t prefix##_changes(struct store *s); \
	int prefix##_savepoint(struct store *s, struct error *err); \
	int prefix##_release(struct store *s, struct error *err); \
	void prefix##_undo(struct store *s); \
	int prefix##_incident_insert(struct store *s, struct incident_row *row, \
		struct error *err); \
	int prefix##_incident_update(struct store *s, const struct incident_row *row, \
		struct error *err); \
	int prefix##_incident_head(struct store *s, int64_t id, struct arena *arena, \
		struct incident_row *ret, struct error *err); \
	int prefix##_incident_load(struct store *s, int64_t id, struct arena *arena, \
		struct incident_row *ret, struct error *err); \
	int prefix##_incident_by_key(struct store *s, const char *source, const char *key, \
		struct arena *arena, struct incident_row *ret, struct error *err); \
	int prefix##_incident_list(struct store *s, const struct incident_filter *filter, \
		incident_fn *fn, void *arg, struct error *err); \
	int prefix##_incident_count_alert(struct store *s, int64_t id, int64_t at, \
		struct error *err); \
	int prefix##_incident_drill_next(struct store *s, int64_t *ret_id, int64_t *ret_at, \
		struct error *err); \
	int prefix##_incident_similar(struct store *s, const struct similar_query *query, \
		int64_t ret[SIMILAR_MAX], size_t *ret_n, struct error *err); \
	int prefix##_incident_count_live(struct store *s, const char *source, int most, \
		int *ret, struct error *err); \
	int prefix##_incident_opened_since(struct store *s, const char *source, \
		int64_t since, int most, int64_t *ret, int *ret_n, struct error *err); \
	int prefix##_incident_limit(struct store *s, const char *source, \
		struct error *err); \
	int prefix##_storm_put(struct store *s, const struct storm_row *row, \
		struct error *err); \
	int prefix##_storm_load(struct store *s, int64_t incident, struct arena *arena, \
		struct storm_row *ret, struct error *err); \
	int prefix##_storm_find(struct store *s, const char *source, const char *entity, \
		struct arena *arena, struct storm_row *ret, struct error *err); \
	int prefix##_storm_due(struct store *s, int64_t now, struct arena *arena, \
		struct storm_row **ret, size_t *ret_n, struct error *err); \
	int prefix##_storm_next(struct store *s, int64_t *ret, struct error *err); \
	int prefix##_storm_key_count(struct store *s, const struct storm_key_row *row, \
		struct error *err); \
	int prefix##_storm_key_insert(struct store *s, const struct storm_key_row *row, \
		struct error *err); \
	int prefix##_storm_keys(struct store *s, const struct storm_key_filter *filter, \
		storm_key_fn *fn, void *arg, struct error *err); \
	int prefix##_alert_insert(struct store *s, struct alert_row *row, \
		struct error *err); \
	int prefix##_event_insert(struct store *s, int64_t incident, \
		struct incident_event *event, struct error *err); \
	int prefix##_event_replace(struct store *s, int64_t incident, int64_t id, \
		struct error *err); \
	int prefix##_filing_insert(struct store *s, int64_t incident, \
		struct filing *filing, struct error *err); \
	int prefix##_filing_replace(struct store *s, int64_t id, struct error *err); \
	int prefix##_waiver_insert(struct store *s, int64_t incident, \
		struct waiver *waiver, struct error *err); \
	int prefix##_clock_progress(struct store *s, const struct clock_row *row, \
		struct error *err); \
	int prefix##_clock_put(struct store *s, const struct clock_row *row, \
		struct error *err); \
	int prefix##_clock_insert(struct store *s, const struct clock_row *rows, size_t n, \
		struct error *err); \
	int prefix##_clock_of(struct store *s, int64_t incident, struct arena *arena, \
		struct clock_row **ret, size_t *ret_n, struct error *err); \
	int prefix##_clock_get(struct store *s, int64_t incident, const char *regime, \
		const char *stage, struct arena *arena, struct clock_row *ret, \
		struct error *err); \
	int prefix##_clock_due(struct store *s, int64_t now, int limit, \
		struct arena *arena, struct clock_row **ret, size_t *ret_n, \
		struct error *err); \
	int prefix##_clock_list(struct store *s, const struct clock_filter *filter, \
		clock_fn *fn, void *arg, struct error *err); \
	int prefix##_clock_count(struct store *s, const struct clock_filter *filter, \
		int *ret, struct error *err); \
	int prefix##_acknowledgement_insert(struct store *s, \
		struct acknowledgement_row *row, struct error *err); \
	int prefix##_acknowledged_until(struct store *s, int64_t incident, \
		const char *regime, const char *stage, int64_t since, int64_t now, \
		int64_t *ret, struct error *err); \
	int prefix##_delivery_insert(struct store *s, struct delivery_row *row, \
		struct error *err); \
	int prefix##_delivery_update(struct store *s, const struct delivery_row *row, \
		struct error *err); \
	int prefix##_delivery_load(struct store *s, int64_t id, struct arena *arena, \
		struct delivery_row *ret, struct error *err); \
	int prefix##_delivery_due(struct store *s, const char *channel, int64_t now, \
		int limit, struct arena *arena, struct delivery_row **ret, size_t *ret_n, \
		struct error *err); \
	int prefix##_delivery_stuck(struct store *s, const char *channel, int64_t due_at, \
		int64_t id, int limit, struct arena *arena, struct delivery_row **ret, \
		size_t *ret_n, struct error *err); \
	int prefix##_delivery_next(struct store *s, const char *channel, int64_t *ret, \
		struct error *err); \
	int prefix##_delivery_channels(struct store *s, struct arena *arena, \
		const char ***ret, size_t *ret_n, struct error *err); \
	int prefix##_delivery_sending(struct store *s, struct arena *arena, \
		struct delivery_row **ret, size_t *ret_n, struct error *err); \
	int prefix##_delivery_waiting(struct store *s, int64_t incident, \
		const char *regime, const char *stage, struct arena *arena, \
		struct delivery_row **ret, size_t *ret_n, struct error *err); \
	int prefix##_delivery_told(struct store *s, int64_t incident, const char *regime, \
		const char *stage, struct arena *arena, struct delivery_row **ret, \
		size_t *ret_n, struct error *err); \
	int prefix##_delivery_pages(struct store *s, int64_t incident, const char *regime, \
		const char *stage, const char *channel, struct delivery_pages *ret, \
		struct error *err); \
	int prefix##_delivery_list(struct store *s, const struct delivery_filter *filter, \
		delivery_fn *fn, void *arg, struct error *err); \
	int prefix##_delivery_oldest(struct store *s, int64_t *ret, struct error *err); \
	int prefix##_delivery_count(struct store *s, const char *channel, int most, \
		int *ret, struct error *err); \
	int prefix##_attempt_insert(struct store *s, struct attempt_row *row, \
		struct error *err); \
	int prefix##_attempt_finish(struct store *s, const struct attempt_row *row, \
		struct error *err); \
	int prefix##_attempt_abandon(struct store *s, int64_t delivery, const char *detail, \
		struct error *err); \
	int prefix##_clock_next(struct store *s, int64_t *ret, struct error *err); \
	int prefix##_journal_head(struct store *s, struct journal_check *ret, \
		struct error *err); \
	int prefix##_journal_append(struct store *s, const struct journal_row *row, \
		struct error *err); \
	int prefix##_journal_read(struct store *s, int64_t after, int64_t incident, \
		int limit, journal_fn *fn, void *arg, struct error *err); \
	int prefix##_idempotency_get(struct store *s, const char *actor, const char *key, \
		struct arena *arena, struct idempotency_row *ret, struct error *err); \
	int prefix##_idempotency_put(struct store *s, const struct idempotency_row *row, \
		struct error *err); \
	int prefix##_idempotency_purge(struct store *s, int64_t before_at, int limit, \
		struct error *err); \
	int prefix##_ruleset_put(struct store *s, const char *digest, \
		const struct rule_file_row *files, size_t n, int64_t at, struct error *err); \
	int prefix##_ruleset_get(struct store *s, const char *digest, struct arena *arena, \
		struct rule_file_row **ret, size_t *ret_n, struct error *err); \
	int prefix##_meta_get(struct store *s, const char *name, struct arena *arena, \
		const char **ret, struct error *err); \
	int prefix##_meta_put(struct store *s, const char *name, const char *value, \
		struct error *err); \
	int prefix##_upkeep(struct store *s, bool *ret_more, struct error *err); \
	bool prefix##_below_floor(struct store *s); \
	int prefix##_backup_begin(struct store *s, struct store_backup **ret, \
		struct error *err); \
	int prefix##_backup_step(struct store *s, struct store_backup *backup, \
		bool *ret_more, struct error *err); \
	int prefix##_backup_finish(struct store *s, struct store_backup *backup, \
		int *ret_fd, struct error *err); \
	void prefix##_backup_end(struct store *s, struct store_backup *backup); \
	void prefix##_stats(struct store *s, struct store_stats *ret)

#define STORE_TABLE(prefix) \
	.name = #prefix, \
	.close = prefix##_close, \
	.begin = prefix##_begin, \
	.commit = prefix##_commit, \
	.rollback = prefix##_rollback, \
	.changes = prefix##_changes, \
	.savepoint = prefix##_savepoint, \
	.release = prefix##_release, \
	.undo = prefix##_undo, \
	.incident_insert = prefix##_incident_insert, \
	.incident_update = prefix##_incident_update, \
	.incident_load = prefix##_incident_load, \
	.incident_head = prefix##_incident_head, \
	.incident_by_key = prefix##_incident_by_key, \
	.incident_list = prefix##_incident_list, \
	.incident_drill_next = prefix##_incident_drill_next, \
	.incident_count_alert = prefix##_incident_count_alert, \
	.incident_similar = prefix##_incident_similar, \
	.incident_count_live = prefix##_incident_count_live, \
	.incident_opened_since = prefix##_incident_opened_since, \
	.incident_limit = prefix##_incident_limit, \
	.storm_put = prefix##_storm_put, \
	.storm_load = prefix##_storm_load, \
	.storm_find = prefix##_storm_find, \
	.storm_due = prefix##_storm_due, \
	.storm_next = prefix##_storm_next, \
	.storm_key_count = prefix##_storm_key_count, \
	.storm_key_insert = prefix##_storm_key_insert, \
	.storm_keys = prefix##_storm_keys, \
	.alert_insert = prefix##_alert_insert, \
	.event_insert = prefix##_event_insert, \
	.event_replace = prefix##_event_replace, \
	.filing_insert = prefix##_filing_insert, \
	.filing_replace = prefix##_filing_replace, \
	.waiver_insert = prefix##_waiver_insert, \
	.clock_put = prefix##_clock_put, \
	.clock_progress = prefix##_clock_progress, \
	.clock_insert = prefix##_clock_insert, \
	.clock_of = prefix##_clock_of, \
	.clock_get = prefix##_clock_get, \
	.clock_due = prefix##_clock_due, \
	.clock_list = prefix##_clock_list, \
	.clock_count = prefix##_clock_count, \
	.acknowledgement_insert = prefix##_acknowledgement_insert, \
	.acknowledged_until = prefix##_acknowledged_until, \
	.delivery_insert = prefix##_delivery_insert, \
	.delivery_update = prefix##_delivery_update, \
	.delivery_load = prefix##_delivery_load, \
	.delivery_due = prefix##_delivery_due, \
	.delivery_stuck = prefix##_delivery_stuck, \
	.delivery_next = prefix##_delivery_next, \
	.delivery_channels = prefix##_delivery_channels, \
	.delivery_sending = prefix##_delivery_sending, \
	.delivery_waiting = prefix##_delivery_waiting, \
	.delivery_told = prefix##_delivery_told, \
	.delivery_pages = prefix##_delivery_pages, \
	.delivery_list = prefix##_delivery_list, \
	.delivery_oldest = prefix##_delivery_oldest, \
	.delivery_count = prefix##_delivery_count, \
	.attempt_insert = prefix##_attempt_insert, \
	.attempt_finish = prefix##_attempt_finish, \
	.attempt_abandon = prefix##_attempt_abandon, \
	.clock_next = prefix##_clock_next, \
	.journal_head = prefix##_journal_head, \
	.journal_append = prefix##_journal_append, \
	.journal_read = prefix##_journal_read, \
	.idempotency_get = prefix##_idempotency_get, \
	.idempotency_put = prefix##_idempotency_put, \
	.idempotency_purge = prefix##_idempotency_purge, \
	.ruleset_put = prefix##_ruleset_put, \
	.ruleset_get = prefix##_ruleset_get, \
	.meta_get = prefix##_meta_get, \
	.meta_put = prefix##_meta_put, \
	.upkeep = prefix##_upkeep, \
	.below_floor = prefix##_below_floor, \
	.backup_begin = prefix##_backup_begin, \
	.backup_step = prefix##_backup_step, \
	.backup_finish = prefix##_backup_finish, \
	.backup_end = prefix##_backup_end, \
	.stats = prefix##_stats

#endif
