// Where a report goes, and how sure that is.

import { h } from "./dom.js";
import { regimeName } from "./words.js";
import { section } from "./parts.js";

const URL_IN_TEXT = /https:\/\/[^\s"'<>;,()]+/g;
const PARTS = ["recipient", "authority", "portal", "email", "phone", "access"];

// null: it only looks like an address.
function shortened(text) {
	try {
		const { hostname, pathname } = new URL(text);

		return pathname === "/" ? hostname : `${hostname}/…`;
	} catch {
		return null;
	}
}

// A link only where it is one, by the name of its host, or else as long as the page is wide:
// what comes from a data file or a person may be anything.
export function linked(text) {
	const parts = [];
	let from = 0;

	for (const found of (text || "").matchAll(URL_IN_TEXT)) {
		const url = found[0].replace(/[.:]+$/, ""),
			name = shortened(url);

		if (name === null) continue;
		parts.push(
			text.slice(from, found.index),
			h("a", { href: url, rel: "noreferrer noopener", target: "_blank", title: url }, name)
		);
		from = found.index + url.length;
	}
	return [...parts, (text || "").slice(from)];
}

const TRUST = { fact: ["✓", "verified"], unsure: ["?", "not verified"], stale: ["▲", "old"] };

function routeItem(part, item) {
	const trust = TRUST[item.trust] || ["?", item.trust || ""];

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
			item.note ? h("p", { class: "small" }, linked(item.note)) : null,
			item.read_on || item.source
				? h(
						"p",
						{ class: "small" },
						item.read_on ? `read ${item.read_on}` : "",
						item.read_on && item.source ? " · " : "",
						linked(item.source)
					)
				: null
		),
	];
}

function regimeRoute([regime, r]) {
	return h(
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
					r.notes.map((n) => h("li", null, linked(n)))
				)
			: null
	);
}

export function route(incident) {
	const known = Object.entries(incident.route || {});

	return section(
		"route",
		"Where to file",
		null,
		known.length > 0
			? known.map(regimeRoute)
			: h(
					"p",
					{ class: "none" },
					"Nothing is known here of where to file; ask the authority."
				)
	);
}
