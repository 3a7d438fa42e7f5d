// One incident: everything that is known of it, each date with how it was found.

import { h } from "./dom.js";
import { hereShort, now } from "./time.js";
import {
	anchorName,
	clockName,
	isAssessment,
	regimeName,
	STATES,
	time,
	urgency,
	URGENCY,
	waitsFor,
} from "./words.js";
import { drawInto } from "./timeline.js";
import {
	counted,
	dates,
	drillMark,
	hints,
	left,
	proposed,
	section,
	share,
	subject,
	when,
} from "./parts.js";
import { deliveryList } from "./health.js";
import {
	acknowledgements,
	details,
	drillVerdict,
	events,
	filings,
	journalSection,
} from "./history.js";
import { route } from "./route.js";
import { act } from "./actions.js";
import { possible } from "./kinds.js";

// ---- a clock ---------------------------------------------------------------------------

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

// What has ended takes less room than what goes on.
function stateWords(clock, kind) {
	return h(
		"p",
		{ class: "left settled" },
		h("span", { class: "left-sign", "aria-hidden": "true" }, URGENCY[kind].sign),
		" ",
		h("span", { class: "left-word" }, STATES[clock.state])
	);
}

function clockRow(incident, clock) {
	const kind = urgency(clock, now()),
		running = clock.state === "running";

	return h(
		"li",
		{ class: "card clock", "data-urgency": kind },
		h(
			"div",
			{ class: "head" },
			running ? [left(clock), share(clock)] : stateWords(clock, kind)
		),
		h(
			"div",
			{ class: "what" },
			h("h3", null, clockName(clock)),
			dates(clock),
			clock.state === "pending"
				? h(
						"p",
						null,
						`starts when ${waitsFor(clock.anchor)}`,
						clock.planned_at ? [", ", when(clock.planned_at, "due not before")] : ""
					)
				: null,
			clock.settled_at ? h("p", null, when(clock.settled_at, STATES[clock.state])) : null,
			clock.unconfirmed ? h("p", { class: "small" }, "receipt not confirmed") : null,
			clock.arguable
				? h("p", { class: "small" }, "late by the plain reading; it can be argued")
				: null,
			clock.target ? h("p", { class: "small" }, "the law has no number: own target") : null,
			proposed(clock),
			drafts(incident, clock),
			derivation(clock)
		)
	);
}

// ---- all of it -----------------------------------------------------------------------

function heading(incident) {
	const { rules } = incident;

	return [
		h("p", { class: "back" }, h("a", { href: "#/", "data-key": "back" }, "← All clocks")),
		h("h1", { id: "title", tabindex: "-1" }, drillMark(incident), " ", subject(incident)),
		h(
			"p",
			null,
			h("strong", { class: "state" }, STATES[incident.state]),
			` · ${incident.entity} · severity ${incident.severity}`,
			incident.source ? ` · from ${incident.source}` : "",
			incident.alerts ? ` · ${counted(incident.alerts, "alert")}` : "",
			rules ? ` · ${rules.country || "no country"}, ${rules.timezone}` : ""
		),
		incident.description ? h("p", { class: "description" }, incident.description) : null,
		hints(incident),
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
		possible(incident).map(([kind, words], i) =>
			h(
				"button",
				{
					type: "button",
					"data-key": `act/${kind}`,
					class: i === 0 ? "primary" : null,
					onclick: () => act(kind, incident.id, {}),
				},
				words
			)
		)
	);
}

const LEGEND =
	"Each bar runs from where a period begins to the flag, when the report is due; hatched: arguable until; ◆ handed in; " +
	"dotted, with ○: not started, and the earliest date it can be due. Distances grow by the logarithm; the marks at the foot count from awareness.";

// What came over the limit of a source, by what it was about.
function storm(incident) {
	const { overflow } = incident;

	if (!overflow) return null;
	return section(
		"storm",
		"Storm",
		null,
		h(
			"div",
			{ class: "card" },
			h(
				"p",
				null,
				h("strong", null, overflow.raging ? "It goes on: " : ""),
				counted(overflow.alerts, "alert"),
				overflow.first_at ? [" from ", when(overflow.first_at)] : "",
				overflow.last_at ? [" to ", when(overflow.last_at)] : ""
			),
			h(
				"ul",
				{ class: "plain" },
				(overflow.top || []).map((k) =>
					h(
						"li",
						null,
						h("strong", null, k.alerts),
						` × ${k.title || k.key} `,
						h("span", { class: "small" }, k.title ? k.key : "")
					)
				)
			),
			overflow.keys > (overflow.top || []).length
				? h("p", { class: "small" }, `${overflow.keys} keys in all`)
				: null
		)
	);
}

export function incidentPage(data, may, charts) {
	const { incident, deliveries, journal } = data;
	const box = h("div", { class: "chart" });
	const clocks = incident.clocks.filter((c) => !isAssessment(c) || c.state === "running");

	charts.push(drawInto(box, incident, now, false));
	return [
		h(
			"div",
			{ class: incident.drill ? "drill page" : "page" },
			heading(incident),
			bar(incident, may),
			box,
			h("p", { class: "legend" }, LEGEND)
		),
		h(
			"div",
			{ class: "columns" },
			h(
				"div",
				{ class: "column" },
				section(
					"clocks",
					"Clocks",
					clocks.length,
					h(
						"ol",
						{ class: "cards" },
						clocks.map((c) => clockRow(incident, c))
					)
				)
			),
			h(
				"div",
				{ class: "column" },
				drillVerdict(data.drill),
				storm(incident),
				filings(incident),
				events(incident),
				details(incident),
				acknowledgements(journal),
				section(
					"deliveries",
					"Deliveries",
					deliveries.length,
					deliveries.length > 0
						? deliveryList(deliveries, may, "deliveries", true)
						: h("p", { class: "none" }, "None.")
				),
				route(incident)
			)
		),
		journalSection(journal),
	];
}

export function titleOf(incident) {
	const running = incident.clocks
		.filter((c) => c.state === "running")
		.sort((a, b) => time(a.due_at) - time(b.due_at))[0];

	return `${subject(incident)}${running ? `, due ${hereShort(time(running.due_at))}` : ""}`;
}
