// The board: what must be done, most urgent first. It is what stands on the wall.

import { h } from "./dom.js";
import { now } from "./time.js";
import { clockName, isAssessment, STATES, urgency, waitsFor } from "./words.js";
import { drawInto } from "./timeline.js";
import { act } from "./actions.js";
import {
	counted,
	dates,
	drillMark,
	hints,
	left,
	nameOf,
	proposed,
	section,
	share,
	subject,
	when,
} from "./parts.js";
import { channelsDown, health, sourcesSilent } from "./health.js";

// ---- clocks ------------------------------------------------------------------------------

function buttons(clock, may) {
	if (!may) return null;
	const key = `${clock.incident}/${clock.regime}/${clock.stage}`;
	const button = (name, kind, extra, first) =>
		h(
			"button",
			{
				type: "button",
				class: first ? "primary" : null,
				"data-key": `${key}/${kind}`,
				"aria-label": `${name}: ${clockName(clock)} of incident ${clock.incident}`,
				onclick: () => act(kind, clock.incident, extra),
			},
			name
		);

	return h(
		"p",
		{ class: "buttons" },
		clock.proposed ? button("Confirm", "confirm", {}, true) : null,
		isAssessment(clock)
			? [button("Record awareness", "aware"), button("Dismiss", "dismiss")]
			: button("File", "file", { regime: clock.regime, stage: clock.stage }),
		button("Acknowledge", "acknowledge", { stage: clock.stage })
	);
}

function card(clock, may) {
	return h(
		"li",
		{
			class: `card clock${clock.drill ? " drill" : ""}`,
			"data-urgency": urgency(clock, now()),
		},
		h("div", { class: "head" }, left(clock), share(clock)),
		h(
			"div",
			{ class: "what" },
			h("h3", null, nameOf(clock)),
			h(
				"p",
				{ class: "of" },
				h(
					"a",
					{
						href: `#/incidents/${clock.incident}`,
						"data-key": `link/${clock.incident}/${clock.regime}/${clock.stage}`,
					},
					subject({ id: clock.incident, title: clock.title })
				)
			),
			dates(clock),
			h(
				"p",
				{ class: "small" },
				clock.entity,
				" · severity ",
				clock.severity,
				clock.on_request ? " · on request" : "",
				clock.target ? " · the law has no number: own target" : ""
			),
			clock.acknowledged_until
				? h(
						"p",
						{ class: "small held" },
						h("span", { "aria-hidden": "true" }, "◔ "),
						when(clock.acknowledged_until, "acknowledged until")
					)
				: null,
			proposed(clock)
		),
		buttons(clock, may)
	);
}

function clockSection(id, title, help, clocks, may, none) {
	if (clocks.length === 0 && !none) return null;
	return h(
		"section",
		{ "aria-labelledby": id, class: id },
		h("h2", { id }, title, " ", h("span", { class: "count" }, clocks.length)),
		help ? h("p", { class: "help" }, help) : null,
		clocks.length > 0
			? h(
					"ol",
					{ class: "cards" },
					clocks.map((c) => card(c, may))
				)
			: h("p", { class: "none" }, none)
	);
}

function pendingRow(c) {
	return h(
		"li",
		null,
		drillMark(c),
		" ",
		h("a", { href: `#/incidents/${c.incident}` }, `#${c.incident} ${clockName(c)}`),
		` starts when ${waitsFor(c.anchor)}`,
		c.planned_at ? [", ", when(c.planned_at, "due not before")] : ""
	);
}

function pendingSection(clocks) {
	if (clocks.length === 0) return null;
	return h(
		"section",
		{ "aria-labelledby": "pending", class: "folded" },
		h(
			"details",
			{ "data-key": "pending" },
			h(
				"summary",
				null,
				h(
					"h2",
					{ id: "pending" },
					"Not started ",
					h("span", { class: "count" }, clocks.length)
				)
			),
			h("ul", { class: "plain" }, clocks.map(pendingRow))
		)
	);
}

// ---- incidents -----------------------------------------------------------------------------

function incidentCard(incident, charts) {
	const box = h("div", { class: "chart" });
	const id = `incident-${incident.id}`;

	charts.push(drawInto(box, incident, now, true));
	return h(
		"article",
		{ class: `card incident${incident.drill ? " drill" : ""}`, "aria-labelledby": id },
		h(
			"h3",
			{ id },
			drillMark(incident),
			" ",
			h("a", { href: `#/incidents/${incident.id}`, "data-key": id }, subject(incident))
		),
		h(
			"p",
			{ class: "small" },
			h("strong", null, STATES[incident.state]),
			` · ${incident.entity} · severity ${incident.severity}`,
			incident.alerts ? ` · ${counted(incident.alerts, "alert")}` : ""
		),
		hints(incident),
		box
	);
}

function incidentSection(id, title, incidents, charts) {
	if (incidents.length === 0) return null;
	return section(
		id,
		title,
		incidents.length,
		h(
			"div",
			{ class: "incidents" },
			incidents.map((i) => incidentCard(i, charts))
		)
	);
}

// ---- in short --------------------------------------------------------------------------------

function tile(words, n, kind) {
	return h(
		"li",
		{ class: "tile", "data-tile": n > 0 ? kind : "calm" },
		h("strong", null, n),
		" ",
		h("span", null, words)
	);
}

// What is no trouble has no tile, but for the first five: they are looked for in their place.
function tiles(data, at) {
	const real = data.clocks.filter((c) => !c.drill && c.state === "running");
	const kinds = real.map((c) => urgency(c, at));
	const count = (kind) => kinds.filter((k) => k === kind).length;
	const suspected = data.incidents.filter((i) => i.state === "suspected" && !i.drill).length;
	const trouble = (words, n) => (n > 0 ? tile(words, n, "urgent") : null);

	return h(
		"ul",
		{ class: "tiles", "aria-label": "In short" },
		tile("overdue", count("overdue"), "overdue"),
		tile("urgent", count("urgent"), "urgent"),
		tile("running", real.length, "running"),
		tile("suspected", suspected, "soon"),
		tile("not delivered", data.undelivered.length, "urgent"),
		trouble("to confirm", real.filter((c) => c.proposed).length),
		trouble("channels down", channelsDown(data.status)),
		trouble("sources silent", sourcesSilent(data.status))
	);
}

function nothing(data) {
	return data.clocks.length > 0
		? "No clock of a real incident is running."
		: "No clock is running, and no incident is open.";
}

export function board(data, may, charts) {
	const running = data.clocks.filter((c) => c.state === "running");
	const real = running.filter((c) => !c.drill);
	const drills = (list, yes) => list.filter((i) => i.drill === yes);

	return [
		h("h1", { class: "unseen" }, "Clocks"),
		tiles(data, now()),
		h(
			"div",
			{ class: "columns" },
			h(
				"div",
				{ class: "column" },
				clockSection(
					"clocks",
					"Time left",
					null,
					real.filter((c) => !isAssessment(c)),
					may,
					nothing(data)
				),
				clockSection(
					"suspected",
					"Suspected: decide",
					"Significant or not? Awareness starts the clocks of the law; a dismissal ends the case.",
					real.filter(isAssessment),
					may
				),
				pendingSection(data.clocks.filter((c) => c.state === "pending" && !c.drill)),
				clockSection(
					"drills",
					"Drills",
					"Exercises: nothing here is owed to anybody.",
					running.filter((c) => c.drill),
					may
				)
			),
			h(
				"div",
				{ class: "column" },
				incidentSection("incidents", "Incidents", drills(data.incidents, false), charts),
				health(data, may),
				incidentSection(
					"drill-incidents",
					"Drills: incidents",
					drills(data.incidents, true),
					charts
				)
			)
		),
	];
}
