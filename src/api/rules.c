/* The rules in force: what a new incident is kept to, and what there is to apply. */
#include "config.h"

#include "api/call.h"
#include "api/query.h"
#include "base/json_out.h"

static void put_file(struct buf *out, const char *key, const char *name, const char *title,
	const char *version, const char *digest)
{
	out_object(out, NULL);
	out_text(out, key, name);
	out_text(out, "title", title);
	out_text(out, "version", version);
	out_text(out, "digest", digest);
	out_end_object(out);
}

void rules_get(struct call *call)
{
	static const char *const known[] = { NULL };
	const struct conf *conf = call->api->conf;
	const struct rulebook *book = &conf->book;
	struct buf *out = buf_in_arena(call->arena, 8000);
	struct error err;
	size_t i;

	if (query_check(http_request_query(call->req), known, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	out_object(out, NULL);
	out_text(out, "digest", conf->ruleset);
	out_array(out, "regimes");
	for (i = 0; i < book->n_regimes; i++)
		put_file(out, "name", book->regimes[i].name, book->regimes[i].title,
			book->regimes[i].version, book->regimes[i].digest);
	out_end_array(out);
	out_array(out, "countries");
	for (i = 0; i < book->n_countries; i++)
		put_file(out, "country", book->countries[i].code, book->countries[i].name,
			book->countries[i].version, book->countries[i].digest);
	out_end_array(out);
	out_end_object(out);
	answer_text(call, 200, "application/json", out->data, out->len);
}
