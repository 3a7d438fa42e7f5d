// One incident: everything that is known of it, each date with how it was found.

import { h } from "./dom.js";
import { hereShort, now } from "./time.js";
import {
	anchorName,
	clockName,
	isAssessment,
	regimeName,
	stageName,
	STATES,
	time,
	urgency,
	URGENCY,
	waitsFor,
} from "./words.js";
import { drawInto } from "./timeline.js";
import { deliveryWords, drillMark, left, when } from "./board.js";
import { act } from "./actions.js";
import { possible } from "./kinds.js";

// A link only where it is one: what comes from a data file or a person may be anything.
function linked(text) {
	return /^https:\/\/[^\s"'<>]+$/.test(text || "")
		? h("a", { href: text, rel: "noreferrer noopener", target: "_blank" }, text)
		: text;
}

function section(id, title, count, ...content) {
	return h(
		"section",
		{ "aria-labelledby": id },
		h("h2", { id }, title, count === null ? "" : [" ", h("span", { class: "count" }, count)]),
		content
	);
}

function readings(clock) {
	if (!clock.readings || clock.readings.length === 0) return null;
	return h(
		"ul",
		{ class: "plain small" },
		clock.readings.map((r) =>
			h(
				"li",
				null,
				h("strong", null, r.law === clock.regime ? regimeName(r.law) : r.law),
				` from ${anchorName(r.anchor)}: `,
				r.due_at ? when(r.due_at, "due") : "has not happened",
				r.alarms === false ? " (shown only)" : "",
				r.reference ? ` · ${r.reference}` : "",
				r.confidence ? ` · ${r.confidence}${r.standing ? `, ${r.standing}` : ""}` : "",
				r.note ? ` · ${r.note}` : ""
			)
		)
	);
}

function derivation(clock) {
	if (!clock.derivation && !clock.readings) return null;
	return h(
		"details",
		{ "data-key": `why/${clock.regime}/${clock.stage}` },
		h("summary", null, "How this was found"),
		clock.derivation
			? h(
					"ol",
					{ class: "small" },
					clock.derivation.map((line) => h("li", null, line))
				)
			: null,
		readings(clock),
		h(
			"p",
			{ class: "small" },
			clock.reference || "",
			clock.rules ? ` · rules ${clock.rules}` : ""
		)
	);
}

function proposed(clock) {
	if (!clock.proposed) return null;
	return h(
		"p",
		{ class: "note" },
		"‖ Proposed by ",
		h("strong", null, clock.proposed.by),
		": ",
		clock.proposed.due_at
			? when(clock.proposed.due_at, "due")
			: STATES[clock.proposed.state] || clock.proposed.state,
		". It waits for a second person; until then the earlier date alarms."
	);
}

// What is known for the report, and what is missing.
function drafts(incident, clock) {
	if (isAssessment(clock) || clock.state === "void" || clock.state === "waived") return null;
	const path = `v1/incidents/${incident.id}/reports/${encodeURIComponent(clock.stage)}?regime=${encodeURIComponent(clock.regime)}&format=`;
	const one = (format, words) =>
		h(
			"a",
			{
				href: path + format,
				target: "_blank",
				rel: "noopener",
				"aria-label": `Draft of the ${clockName(clock)}: ${words}`,
			},
			words
		);

	return h(
		"p",
		{ class: "small" },
		"Draft: ",
		one("html", "to print"),
		" · ",
		one("markdown", "Markdown"),
		" · ",
		one("json", "JSON")
	);
}

function clockRow(incident, clock) {
	const kind = urgency(clock, now());

	return h(
		"li",
		{ class: "card clock wide", "data-urgency": kind },
		clock.state === "running"
			? left(clock)
			: h(
					"p",
					{ class: "left" },
					h("span", { "aria-hidden": "true" }, URGENCY[kind].sign),
					" ",
					h("span", { class: "left-word" }, STATES[clock.state])
				),
		h(
			"div",
			{ class: "what" },
			h("h3", null, clockName(clock)),
			clock.due_at
				? h(
						"p",
						{ class: "due" },
						when(clock.due_at, clock.state === "running" ? "due" : "was due")
					)
				: null,
			clock.state === "pending"
				? h(
						"p",
						null,
						`starts when ${waitsFor(clock.anchor)}`,
						clock.planned_at ? [", ", when(clock.planned_at, "due not before")] : ""
					)
				: null,
			clock.settled_at ? h("p", null, when(clock.settled_at, STATES[clock.state])) : null,
			clock.state === "running" && clock.latest_at && clock.latest_at !== clock.due_at
				? h(
						"p",
						{ class: "small" },
						when(clock.latest_at, "arguable until"),
						"; do not plan on it"
					)
				: null,
			clock.unconfirmed ? h("p", { class: "small" }, "receipt not confirmed") : null,
			clock.arguable
				? h("p", { class: "small" }, "late by the plain reading; it can be argued")
				: null,
			proposed(clock),
			drafts(incident, clock),
			derivation(clock)
		)
	);
}

function eventRow(e) {
	return h(
		"tr",
		{ class: e.replaced ? "replaced" : null },
		h("th", { scope: "row" }, stageName(e.type), e.regime ? ` (${regimeName(e.regime)})` : ""),
		h("td", null, when(e.at), e.replaced ? " (replaced)" : ""),
		h("td", null, e.by || ""),
		h("td", null, e.basis || "")
	);
}

function filingRow(f) {
	return h(
		"tr",
		{ class: f.replaced ? "replaced" : null },
		h("th", { scope: "row" }, clockName(f)),
		h(
			"td",
			null,
			when(f.filed_at),
			f.received_at ? [h("br"), when(f.received_at, "received")] : "",
			f.replaced ? " (does not count)" : ""
		),
		h("td", null, f.recipient),
		h("td", null, f.reference, f.digest ? h("span", { class: "digest" }, ` ${f.digest}`) : ""),
		h("td", null, f.by)
	);
}

function table(words, heads, rows, none) {
	if (rows.length === 0) return h("p", { class: "none" }, none);
	return h(
		"div",
		{ class: "scroll", tabindex: "0", role: "region", "aria-label": words },
		h(
			"table",
			null,
			h(
				"thead",
				null,
				h(
					"tr",
					null,
					heads.map((head) => h("th", { scope: "col" }, head))
				)
			),
			h("tbody", null, rows)
		)
	);
}

const PARTS = ["recipient", "authority", "portal", "email", "phone", "access"];

function routeItem(part, item) {
	const trust = { fact: ["✓", "verified"], unsure: ["?", "not verified"], stale: ["▲", "old"] }[
		item.trust
	] || ["?", item.trust || ""];

	return [
		h("dt", null, part),
		h(
			"dd",
			null,
			linked(item.value),
			" ",
			h(
				"span",
				{ class: "trust", "data-trust": item.trust },
				h("span", { "aria-hidden": "true" }, trust[0]),
				` ${trust[1]}`
			),
			item.read_on ? ` · read ${item.read_on}` : "",
			item.note ? ` · ${item.note}` : "",
			item.source ? [" · ", linked(item.source)] : ""
		),
	];
}

function route(incident) {
	const known = Object.entries(incident.route || {});

	if (known.length === 0)
		return h(
			"p",
			{ class: "none" },
			"Nothing is known here of where to file; ask the authority."
		);
	return known.map(([regime, r]) =>
		h(
			"div",
			{ class: "card" },
			h("h3", null, `${regimeName(regime)}: ${r.law || ""}`),
			r.in_force === false
				? h("p", { class: "note" }, "No national act in force is known: ", r.status || "")
				: h("p", { class: "small" }, r.status || ""),
			h(
				"dl",
				null,
				PARTS.filter((p) => r[p]).map((p) => routeItem(p, r[p]))
			),
			r.notes
				? h(
						"ul",
						{ class: "small" },
						r.notes.map((n) => h("li", null, n))
					)
				: null
		)
	);
}

// ---- the journal ---------------------------------------------------------------------

function journalRow(record) {
	const line = JSON.parse(record.line);

	return h(
		"tr",
		null,
		h("td", null, record.seq),
		h("td", null, when(line.at)),
		h("td", null, (line.kind || "").replaceAll(/[.-]/g, " ")),
		h(
			"td",
			null,
			line.by || "",
			line.by && line.actor ? " " : "",
			h("span", { class: "small" }, line.actor ? `(${line.actor})` : "")
		),
		h("td", null, line.basis || line.detail || line.channel || line.stage || "")
	);
}

function detailRow([name, d]) {
	return h(
		"tr",
		null,
		h("th", { scope: "row" }, stageName(name)),
		h("td", { class: "description" }, d.value),
		h("td", null, d.certainty || "not said"),
		h("td", null, d.by),
		h("td", null, when(d.at))
	);
}

function acknowledgements(journal) {
	return journal
		.map((r) => JSON.parse(r.line))
		.filter((line) => line.kind === "acknowledgement.given")
		.reverse();
}

function acknowledgementRow(line) {
	const until = time(line.until_at);

	return h(
		"li",
		null,
		until > now() ? "◔ " : "– ",
		h("strong", null, line.by),
		" ",
		when(line.at),
		line.stage ? `, ${stageName(line.stage)}` : "",
		", ",
		when(line.until_at, until > now() ? "holds until" : "held until")
	);
}

// ---- all of it -----------------------------------------------------------------------

function heading(incident) {
	return [
		h("p", { class: "back" }, h("a", { href: "#/", "data-key": "back" }, "← All clocks")),
		h(
			"h1",
			{ id: "title", tabindex: "-1" },
			drillMark(incident),
			" ",
			`#${incident.id} ${incident.title}`
		),
		h(
			"p",
			null,
			h("strong", { class: "state" }, STATES[incident.state]),
			` · ${incident.entity} · severity ${incident.severity}`,
			incident.source ? ` · from ${incident.source}` : "",
			incident.alerts ? ` · ${incident.alerts} alerts` : "",
			incident.rules
				? ` · ${incident.rules.country || "no country"}, ${incident.rules.timezone}`
				: ""
		),
		incident.description ? h("p", { class: "description" }, incident.description) : null,
		incident.dismissal
			? h(
					"p",
					{ class: "note" },
					`Dismissed by ${incident.dismissal.by}: ${incident.dismissal.basis}. `,
					when(incident.dismissal.at)
				)
			: null,
	];
}

function bar(incident, may) {
	if (!may) return h("p", { class: "help" }, "Your token may look, not record.");
	return h(
		"p",
		{ class: "buttons" },
		possible(incident).map(([kind, words]) =>
			h(
				"button",
				{
					type: "button",
					"data-key": `act/${kind}`,
					class: kind === "confirm" ? "primary" : null,
					onclick: () => act(kind, incident.id, {}),
				},
				words
			)
		)
	);
}

export function incidentPage(data, may, charts) {
	const { incident, deliveries, journal } = data;
	const box = h("div", { class: "chart" }),
		acks = acknowledgements(journal);
	const clocks = incident.clocks.filter((c) => !isAssessment(c) || c.state === "running");

	charts.push(drawInto(box, incident, now));
	return [
		h(
			"div",
			{ class: incident.drill ? "drill page" : "page" },
			heading(incident),
			bar(incident, may),
			box,
			h(
				"p",
				{ class: "legend" },
				"Each bar runs from where a period begins to the flag, when the report is due; hatched: arguable until; ◆ handed in; ",
				"dotted, with ○: not started, and the earliest date it can be due. Distances grow by the logarithm; the marks at the foot count from awareness."
			)
		),
		section(
			"clocks",
			"Clocks",
			clocks.length,
			h(
				"ol",
				{ class: "cards" },
				clocks.map((c) => clockRow(incident, c))
			)
		),
		section(
			"filings",
			"Filings",
			incident.filings.length,
			table(
				"Filings",
				["Report", "Handed in", "To", "Reference", "By"],
				incident.filings.map(filingRow),
				"Nothing has been filed."
			)
		),
		section(
			"events",
			"Events",
			incident.events.length,
			table("Events", ["Event", "At", "By", "Basis"], incident.events.map(eventRow), "None.")
		),
		section(
			"details",
			"Details for the reports",
			null,
			table(
				"Details",
				["What", "Known", "It is", "By", "Recorded"],
				Object.entries(incident.details || {}).map(detailRow),
				"None."
			)
		),
		section(
			"acks",
			"Acknowledgements",
			acks.length,
			acks.length > 0
				? h("ul", { class: "plain" }, acks.map(acknowledgementRow))
				: h("p", { class: "none" }, "Nobody has acknowledged.")
		),
		section(
			"deliveries",
			"Deliveries",
			deliveries.length,
			deliveries.length > 0
				? h(
						"ul",
						{ class: "plain" },
						deliveries.slice(0, 100).map((d) => h("li", null, deliveryWords(d, may)))
					)
				: h("p", { class: "none" }, "None.")
		),
		section("route", "Where to file", null, route(incident)),
		section(
			"journal",
			"Journal",
			journal.length,
			h(
				"details",
				{ "data-key": "journal" },
				h("summary", null, "What is on record, line by line"),
				table(
					"Journal",
					["Line", "At", "What", "Who", "Detail"],
					journal.slice().reverse().slice(0, 500).map(journalRow),
					"Empty."
				)
			)
		),
	];
}

export function titleOf(incident) {
	const running = incident.clocks
		.filter((c) => c.state === "running")
		.sort((a, b) => time(a.due_at) - time(b.due_at))[0];

	return `#${incident.id} ${incident.title}${running ? `, due ${hereShort(time(running.due_at))}` : ""}`;
}
