// What is on record of an incident: filings, events, details, who has it, the journal, and
// how a drill went.

import { h } from "./dom.js";
import { now } from "./time.js";
import { clockName, regimeName, stageName, time } from "./words.js";
import { section, when } from "./parts.js";

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

// ---- filings and events ----------------------------------------------------------------

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

export function filings(incident) {
	return section(
		"filings",
		"Filings",
		incident.filings.length,
		table(
			"Filings",
			["Report", "Handed in", "To", "Reference", "By"],
			incident.filings.map(filingRow),
			"Nothing has been filed."
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

export function events(incident) {
	return section(
		"events",
		"Events",
		incident.events.length,
		table("Events", ["Event", "At", "By", "Basis"], incident.events.map(eventRow), "None.")
	);
}

// ---- details, acknowledgements ------------------------------------------------------------

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

export function details(incident) {
	return section(
		"details",
		"Details for the reports",
		null,
		table(
			"Details",
			["What", "Known", "It is", "By", "Recorded"],
			Object.entries(incident.details || {}).map(detailRow),
			"None."
		)
	);
}

function acknowledgementRow(line) {
	const holds = time(line.until_at) > now();

	return h(
		"li",
		null,
		h("span", { "aria-hidden": "true" }, holds ? "◔ " : "– "),
		h("strong", null, line.by),
		" ",
		when(line.at),
		line.stage ? `, ${stageName(line.stage)}` : "",
		", ",
		when(line.until_at, holds ? "holds until" : "held until")
	);
}

export function acknowledgements(journal) {
	const given = journal
		.map((r) => JSON.parse(r.line))
		.filter((line) => line.kind === "acknowledgement.given")
		.reverse();

	return section(
		"acks",
		"Acknowledgements",
		given.length,
		given.length > 0
			? h("ul", { class: "plain" }, given.map(acknowledgementRow))
			: h("p", { class: "none" }, "Nobody has acknowledged.")
	);
}

// ---- the journal ---------------------------------------------------------------------------

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

export function journalSection(journal) {
	return section(
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
	);
}

// ---- a drill ------------------------------------------------------------------------------

const VERDICTS = {
	running: ["…", "It goes on."],
	passed: ["✓", "PASSED"],
	"passed-with-gaps": ["▲", "PASSED WITH GAPS"],
	failed: ["✖", "FAILED"],
	unanswered: ["✖", "UNANSWERED: everything worked, and nobody was there"],
};

function findings(title, list) {
	if (!list || list.length === 0) return null;
	return [
		h("h3", null, title),
		h(
			"ul",
			{ class: "plain" },
			list.map((words) => h("li", null, words))
		),
	];
}

export function drillVerdict(drill) {
	if (!drill) return null;
	const [sign, words] = VERDICTS[drill.verdict] || ["?", drill.verdict];

	return section(
		"drill",
		"How the drill went",
		null,
		h(
			"div",
			{ class: "card verdict", "data-verdict": drill.verdict },
			h(
				"p",
				null,
				h("span", { "aria-hidden": "true" }, `${sign} `),
				h("strong", null, words)
			),
			drill.scale > 1
				? h("p", { class: "small" }, `${drill.scale} times as fast as the clock`)
				: null,
			drill.ends_at ? h("p", { class: "small" }, when(drill.ends_at, "ends")) : null,
			drill.ended_at ? h("p", { class: "small" }, when(drill.ended_at, "ended")) : null,
			findings(drill.verdict === "running" ? "Missing so far" : "Missing", drill.missing),
			findings("Gaps", drill.gaps)
		)
	);
}
