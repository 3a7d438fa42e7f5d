/* The console channel: see console.h. */
#include "config.h"

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/clean.h"
#include "courier/console.h"

enum { TITLE_MAX = 300, TEXT_MAX = 400 };

void console_render(const struct notice *notice, struct buf *out)
{
	bool about_all = notice->kind == NOTICE_OPERATIONS || notice->kind == NOTICE_TEST;
	struct buf headline;

	buf_init(&headline, 0);
	notice_headline(notice, &headline);
	clean_line(out, headline.data, TITLE_MAX);
	buf_release(&headline);
	if (notice->due_at != TIME_NONE && notice->kind != NOTICE_SETTLED) {
		char due[RFC3339_SIZE];

		rfc3339_format(notice->due_at, due);
		buf_addf(out, " (%s)", due);
	}
	if (notice->title != NULL || (about_all && notice->text != NULL)) {
		buf_adds(out, ": ");
		if (notice->title != NULL)
			clean_line(out, notice->title, TITLE_MAX);
		else
			clean_line(out, notice->text, TEXT_MAX);
	}
	if (notice->step_at != NULL) {
		buf_adds(out, " \xe2\x80\x94 step ");
		clean_line(out, notice->step_at, 32);
	}
	if (notice->fallback_for != NULL) {
		buf_adds(out, ", in place of ");
		clean_line(out, notice->fallback_for, 64);
	}
}
