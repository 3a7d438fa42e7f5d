// What the board and the page of an incident are both made of: dates, time left, the lines
// of a clock.

import { h, setText } from "./dom.js";
import { countdown, here, spoken, utc } from "./time.js";
import { clockName, STATES, time, urgency, URGENCY } from "./words.js";

export function drillMark(thing) {
	return thing.drill ? h("strong", { class: "drill-mark" }, "DRILL") : null;
}

export const counted = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

export function section(id, title, count, ...content) {
	return h(
		"section",
		{ "aria-labelledby": id },
		h("h2", { id }, title, count === null ? "" : [" ", h("span", { class: "count" }, count)]),
		content
	);
}

export function when(text, words) {
	if (!text) return null;
	const at = time(text);

	return h(
		"span",
		{ class: "when" },
		words ? `${words} ` : "",
		h("time", { datetime: text }, here(at)),
		" ",
		h("span", { class: "utc" }, utc(at))
	);
}

// ---- what counts down ----------------------------------------------------------------

// What the ticker changes each second (app.js): [data-due].
export function left(clock) {
	return h(
		"p",
		{ class: "left", "data-due": clock.due_at, "data-anchor": clock.anchor_at || "" },
		h(
			"span",
			{ class: "left-kind", "aria-hidden": "true" },
			h("span", { class: "left-sign" }),
			" ",
			h("span", { class: "left-word" })
		),
		h(
			"span",
			{ class: "left-value", "aria-hidden": "true" },
			h("span", { class: "left-main" }),
			h("span", { class: "left-seconds" })
		),
		h("span", { class: "unseen left-spoken" })
	);
}

// How far its period has gone.
export function share(clock) {
	if (!clock.anchor_at) return null;
	return h(
		"div",
		{ class: "share", "aria-hidden": "true" },
		h("div", {
			class: "share-done",
			"data-from": time(clock.anchor_at),
			"data-share": time(clock.due_at),
		})
	);
}

function tickClock(node, at) {
	const clock = { state: "running", due_at: node.dataset.due, anchor_at: node.dataset.anchor };
	const due = time(clock.due_at),
		kind = urgency(clock, at);
	const host = node.closest("[data-urgency]"),
		value = countdown(due - at);

	if (host && host.dataset.urgency !== kind) host.dataset.urgency = kind;
	setText(node.querySelector(".left-sign"), URGENCY[kind].sign);
	setText(
		node.querySelector(".left-word"),
		kind === "overdue" ? "OVERDUE by" : `${URGENCY[kind].word}:`
	);
	// Where there are days the seconds are small: a wall has no room for all of it large.
	node.dataset.days = value.includes("d") ? (value.length > 13 ? "many" : "some") : "none";
	setText(node.querySelector(".left-main"), value.slice(0, -3));
	setText(node.querySelector(".left-seconds"), value.slice(-3));
	setText(
		node.querySelector(".left-spoken"),
		kind === "overdue"
			? `Overdue by ${spoken(due - at)}`
			: `${URGENCY[kind].word}: ${spoken(due - at)} left`
	);
}

export function tick(root, at) {
	for (const node of root.querySelectorAll("[data-due]")) tickClock(node, at);
	for (const node of root.querySelectorAll("[data-share]")) {
		const from = Number(node.dataset.from),
			to = Number(node.dataset.share);
		const part = Math.max(0, Math.min(1, (at - from) / Math.max(1, to - from)));

		node.style.inlineSize = `${(part * 100).toFixed(2)}%`;
	}
}

// ---- the lines of a clock -------------------------------------------------------------

// Due is the earliest reading: it alarms. The others stand beside it where they differ.
export function dates(clock) {
	if (!clock.due_at) return null;
	const running = clock.state === "running";

	return [
		h("p", { class: "due" }, when(clock.due_at, running ? "due" : "was due")),
		clock.nominal_at && clock.nominal_at !== clock.due_at
			? h("p", { class: "small" }, when(clock.nominal_at, "by the plain reading"))
			: null,
		running && clock.latest_at && clock.latest_at !== clock.due_at
			? h(
					"p",
					{ class: "small" },
					when(clock.latest_at, "arguable until"),
					"; do not plan on it"
				)
			: null,
	];
}

export function proposed(clock) {
	if (!clock.proposed) return null;
	return h(
		"p",
		{ class: "note" },
		h("span", { "aria-hidden": "true" }, "‖ "),
		"Proposed by ",
		h("strong", null, clock.proposed.by),
		": ",
		clock.proposed.due_at
			? when(clock.proposed.due_at, "due")
			: STATES[clock.proposed.state] || clock.proposed.state,
		". It waits for a second person; until then the earlier date alarms."
	);
}

// Where the record has them: what it may be one with, and that it stands for many alerts.
export function hints(incident) {
	const similar = incident.similar || [];

	return [
		incident.storm
			? h(
					"p",
					{ class: "small" },
					h("strong", null, "Storm: "),
					"what came over the source's limit is counted here."
				)
			: null,
		similar.length > 0
			? h(
					"p",
					{ class: "small" },
					"Similar to ",
					similar.map((id, i) => [
						i > 0 ? ", " : "",
						h(
							"a",
							{
								href: `#/incidents/${id}`,
								"data-key": `similar/${incident.id}/${id}`,
							},
							`#${id}`
						),
					]),
					": a hint; nothing was merged."
				)
			: null,
	];
}

export function subject(incident) {
	return `#${incident.id} ${incident.title}`;
}

export function nameOf(clock) {
	return [drillMark(clock), clock.drill ? " " : "", clockName(clock)];
}
