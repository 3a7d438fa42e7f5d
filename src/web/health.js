// Deliveries, and how the channels and the sources are.

import { h } from "./dom.js";
import { length, now } from "./time.js";
import { clockName, time } from "./words.js";
import { counted, section, when } from "./parts.js";
import { act } from "./actions.js";

const CHANNEL = { up: ["✓", "answers"], failing: ["▲", "failing"], down: ["✖", "DOWN"] };
const DELIVERY = { delivered: "✓", waiting: "…", sending: "→", failed: "✖", cancelled: "–" };
const FIRST = 6,
	SOON_MS = 15000;

// ---- channels and sources ----------------------------------------------------------------

function channelRow(c) {
	const [sign, word] = CHANNEL[c.state] || ["?", c.state];

	return h(
		"li",
		{ "data-health": c.state },
		h("span", { "aria-hidden": "true" }, sign),
		" ",
		h("strong", null, c.name),
		` ${word}`,
		c.since ? [" ", when(c.since, "since")] : "",
		c.detail ? `: ${c.detail}` : ""
	);
}

function sourceRow(s) {
	const silent = s.state === "silent";

	return h(
		"li",
		{ "data-health": silent ? "down" : "up" },
		h("span", { "aria-hidden": "true" }, silent ? "✖" : s.state ? "✓" : "○"),
		" ",
		h("strong", null, s.name),
		silent ? " SILENT" : s.state ? " heard" : " not watched for silence",
		s.heard_at ? [", ", when(s.heard_at, "last alert")] : ""
	);
}

export const channelsDown = (status) =>
	(status.channels || []).filter((c) => c.state === "down").length;
export const sourcesSilent = (status) =>
	(status.sources || []).filter((s) => s.state === "silent").length;

const CLOCK = {
	unsynchronised:
		"▲ This machine's clock is not synchronised: what is recorded is only as good as it.",
};

export function health(data, may) {
	const { status, undelivered } = data;
	const rows = (list, row) => h("ul", { class: "plain health" }, (list || []).map(row));

	return section(
		"health",
		"Health",
		null,
		h(
			"div",
			{ class: "card" },
			status.clock && CLOCK[status.clock.state]
				? h("p", { class: "note" }, CLOCK[status.clock.state])
				: null,
			h("h3", null, "Channels"),
			rows(status.channels, channelRow),
			h("h3", null, "Sources"),
			rows(status.sources, sourceRow),
			h("h3", null, "Notices not delivered"),
			undelivered.length > 0
				? deliveryList(undelivered, may, "undelivered")
				: h("p", { class: "none" }, "✓ Every notice has been delivered."),
			status.oldest_undelivered_at
				? h(
						"p",
						{ class: "small" },
						`The oldest has waited for ${length(now() - time(status.oldest_undelivered_at))}.`
					)
				: null
		)
	);
}

// ---- deliveries ----------------------------------------------------------------------------

function attempts(d) {
	const last = d.attempts[d.attempts.length - 1];

	if (!last || (d.state === "delivered" && d.attempts.length === 1)) return null;
	return h(
		"details",
		{ "data-key": `attempts/${d.id}` },
		h(
			"summary",
			null,
			counted(d.attempts.length, "attempt"),
			last.detail ? `: ${last.detail}` : ""
		),
		h(
			"ol",
			{ class: "small" },
			d.attempts.map((a) =>
				h(
					"li",
					null,
					when(a.at),
					` ${a.outcome || "under way"}`,
					a.detail ? `: ${a.detail}` : ""
				)
			)
		)
	);
}

function again(d, may) {
	if (!may || !d.incident || (d.state !== "failed" && d.state !== "delivered")) return null;
	return h(
		"button",
		{
			type: "button",
			class: "quiet",
			"data-key": `replay/${d.id}`,
			"aria-label": `Send again to ${d.channel}`,
			onclick: () => act("replay", d.incident, { delivery: d.id }),
		},
		"Send again"
	);
}

function deliveryRow(d, may, alone) {
	const last = d.attempts[d.attempts.length - 1];

	return h(
		"li",
		{
			class: "delivery",
			"data-health":
				d.state === "failed"
					? "down"
					: d.attempts.length > 1 && d.state === "waiting"
						? "failing"
						: null,
		},
		h(
			"span",
			{ class: "d-state" },
			h("span", { "aria-hidden": "true" }, `${DELIVERY[d.state]} `),
			h("strong", null, d.state)
		),
		h(
			"span",
			{ class: "d-what" },
			h("strong", null, d.channel),
			d.recipient ? ` (${d.recipient})` : "",
			d.stage ? `, ${clockName(d)}` : "",
			d.step ? `, step ${d.step}` : "",
			alone || !d.incident
				? ""
				: [
						", ",
						h(
							"a",
							{ href: `#/incidents/${d.incident}`, "data-key": `delivery/${d.id}` },
							`#${d.incident}`
						),
					],
			attempts(d)
		),
		h(
			"span",
			{ class: "d-when small" },
			d.state !== "waiting"
				? when(last ? last.at : d.created_at)
				: time(d.next_at) < now() - SOON_MS
					? "waits until the channel answers"
					: when(d.next_at, "next")
		),
		again(d, may)
	);
}

// The first few; the others are folded away.
export function deliveryList(deliveries, may, key, alone) {
	const rows = deliveries.slice(0, 200).map((d) => deliveryRow(d, may, alone));
	const list = (some) => h("ul", { class: "plain deliveries" }, some);

	if (rows.length <= FIRST + 2) return list(rows);
	return [
		list(rows.slice(0, FIRST)),
		h(
			"details",
			{ "data-key": `more/${key}` },
			h(
				"summary",
				null,
				`${deliveries.length - FIRST} more`,
				deliveries.length > rows.length ? ` (the first ${rows.length - FIRST} of them)` : ""
			),
			list(rows.slice(FIRST))
		),
	];
}
