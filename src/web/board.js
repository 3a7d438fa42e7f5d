// The board: what must be done, most urgent first. It is what stands on the wall.

import { h, setText } from "./dom.js";
import { countdown, here, length, now, spoken, utc } from "./time.js";
import { clockName, isAssessment, STATES, time, urgency, URGENCY, waitsFor } from "./words.js";
import { drawInto } from "./timeline.js";
import { act } from "./actions.js";

export function drillMark(thing) {
	return thing.drill ? h("strong", { class: "drill-mark" }, "DRILL") : null;
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

// What the ticker changes each second (app.js): [data-due].
export function left(clock) {
	return h(
		"p",
		{ class: "left", "data-due": clock.due_at, "data-anchor": clock.anchor_at || "" },
		h("span", { class: "left-sign", "aria-hidden": "true" }),
		h("span", { class: "left-word", "aria-hidden": "true" }),
		h("span", { class: "left-value", "aria-hidden": "true" }),
		h("span", { class: "unseen left-spoken" })
	);
}

export function tick(root, at) {
	for (const node of root.querySelectorAll("[data-due]")) {
		const clock = {
			state: "running",
			due_at: node.dataset.due,
			anchor_at: node.dataset.anchor,
		};
		const due = time(clock.due_at),
			kind = urgency(clock, at);
		const host = node.closest("[data-urgency]");

		if (host && host.dataset.urgency !== kind) host.dataset.urgency = kind;
		setText(node.querySelector(".left-sign"), URGENCY[kind].sign);
		setText(
			node.querySelector(".left-word"),
			kind === "overdue" ? "OVERDUE by" : `${URGENCY[kind].word}:`
		);
		setText(node.querySelector(".left-value"), countdown(due - at));
		setText(
			node.querySelector(".left-spoken"),
			kind === "overdue"
				? `Overdue by ${spoken(due - at)}`
				: `${URGENCY[kind].word}: ${spoken(due - at)} left`
		);
	}
	for (const node of root.querySelectorAll("[data-share]")) {
		const from = Number(node.dataset.from),
			to = Number(node.dataset.share);
		const part = Math.max(0, Math.min(1, (at - from) / Math.max(1, to - from)));

		node.style.inlineSize = `${(part * 100).toFixed(2)}%`;
	}
}

function share(clock) {
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

function buttons(clock, may) {
	if (!may) return null;
	const key = `${clock.incident}/${clock.regime}/${clock.stage}`;
	const button = (name, kind, extra) =>
		h(
			"button",
			{
				type: "button",
				"data-key": `${key}/${kind}`,
				"aria-label": `${name}: ${clockName(clock)} of incident ${clock.incident}`,
				onclick: () => act(kind, clock.incident, extra),
			},
			name
		);

	return h(
		"p",
		{ class: "buttons" },
		button("Acknowledge", "acknowledge", { stage: clock.stage }),
		isAssessment(clock)
			? [button("Record awareness", "aware"), button("Dismiss", "dismiss")]
			: button("File", "file", { regime: clock.regime, stage: clock.stage })
	);
}

function card(clock, may) {
	return h(
		"li",
		{
			class: `card clock${clock.drill ? " drill" : ""}`,
			"data-urgency": urgency(clock, now()),
		},
		left(clock),
		share(clock),
		h(
			"div",
			{ class: "what" },
			h("h3", null, drillMark(clock), " ", clockName(clock)),
			h(
				"p",
				null,
				h(
					"a",
					{
						href: `#/incidents/${clock.incident}`,
						"data-key": `link/${clock.incident}/${clock.regime}/${clock.stage}`,
					},
					`#${clock.incident} ${clock.title}`
				)
			),
			h(
				"p",
				{ class: "small" },
				clock.entity,
				" · ",
				"severity ",
				clock.severity,
				clock.on_request ? " · on request" : "",
				clock.target ? " · the law has no number: own target" : ""
			),
			h("p", { class: "due" }, when(clock.due_at, "due")),
			clock.latest_at && clock.latest_at !== clock.due_at
				? h(
						"p",
						{ class: "small" },
						when(clock.latest_at, "arguable until"),
						"; do not plan on it"
					)
				: null,
			clock.acknowledged_until
				? h(
						"p",
						{ class: "small held" },
						"◔ ",
						when(clock.acknowledged_until, "acknowledged until")
					)
				: null,
			clock.proposed
				? h(
						"p",
						{ class: "small held" },
						"‖ a change by ",
						clock.proposed.by,
						" waits for a second person"
					)
				: null
		),
		buttons(clock, may)
	);
}

function clockSection(id, title, help, clocks, may, none) {
	if (clocks.length === 0 && !none) return null;
	return h(
		"section",
		{ "aria-labelledby": id, class: `clocks-section ${id}` },
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

function pendingSection(clocks) {
	if (clocks.length === 0) return null;
	return h(
		"section",
		{ "aria-labelledby": "pending" },
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
			h(
				"ul",
				{ class: "plain" },
				clocks.map((c) =>
					h(
						"li",
						null,
						drillMark(c),
						" ",
						h(
							"a",
							{ href: `#/incidents/${c.incident}` },
							`#${c.incident} ${clockName(c)}`
						),
						` starts when ${waitsFor(c.anchor)}`,
						c.planned_at ? [", ", when(c.planned_at, "due not before")] : ""
					)
				)
			)
		)
	);
}

function incidentCard(incident, charts) {
	const box = h("div", { class: "chart" });
	const id = `incident-${incident.id}`;

	charts.push(drawInto(box, incident, now));
	return h(
		"article",
		{ class: `card incident${incident.drill ? " drill" : ""}`, "aria-labelledby": id },
		h(
			"h3",
			{ id },
			drillMark(incident),
			" ",
			h(
				"a",
				{ href: `#/incidents/${incident.id}`, "data-key": id },
				`#${incident.id} ${incident.title}`
			)
		),
		h(
			"p",
			{ class: "small" },
			h("strong", null, STATES[incident.state]),
			` · ${incident.entity} · severity ${incident.severity}`,
			incident.alerts ? ` · ${incident.alerts} alert${incident.alerts === 1 ? "" : "s"}` : ""
		),
		box
	);
}

function incidentSection(id, title, incidents, charts) {
	if (incidents.length === 0) return null;
	return h(
		"section",
		{ "aria-labelledby": id },
		h("h2", { id }, title, " ", h("span", { class: "count" }, incidents.length)),
		h(
			"div",
			{ class: "incidents" },
			incidents.map((i) => incidentCard(i, charts))
		)
	);
}

const CHANNEL = { up: ["✓", "answers"], failing: ["▲", "failing"], down: ["✖", "DOWN"] };

function channels(status) {
	return h(
		"ul",
		{ class: "plain health" },
		(status.channels || []).map((c) => {
			const [sign, word] = CHANNEL[c.state];

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
		})
	);
}

function sources(status) {
	return h(
		"ul",
		{ class: "plain health" },
		(status.sources || []).map((s) => {
			const bad = s.state === "silent";

			return h(
				"li",
				{ "data-health": bad ? "down" : "up" },
				h("span", { "aria-hidden": "true" }, bad ? "✖" : s.state ? "✓" : "○"),
				" ",
				h("strong", null, s.name),
				bad ? " SILENT" : s.state ? " heard" : " not watched for silence",
				s.heard_at ? [" ", when(s.heard_at, "last alert")] : ""
			);
		})
	);
}

function undelivered(deliveries, may) {
	if (deliveries.length === 0)
		return h("p", { class: "none" }, "✓ Every notice has been delivered.");
	return h(
		"ul",
		{ class: "plain" },
		deliveries.slice(0, 20).map((d) => h("li", null, deliveryWords(d, may))),
		deliveries.length > 20 ? h("li", null, `and ${deliveries.length - 20} more`) : null
	);
}

export function deliveryWords(d, may) {
	const last = d.attempts[d.attempts.length - 1];
	const signs = { delivered: "✓", waiting: "…", sending: "→", failed: "✖", cancelled: "–" };

	return [
		h("span", { "aria-hidden": "true" }, `${signs[d.state]} `),
		h("strong", null, d.state),
		" ",
		d.recipient ? `${d.channel} (${d.recipient})` : d.channel,
		d.stage ? `, ${stageWords(d)}` : "",
		d.incident ? [", ", h("a", { href: `#/incidents/${d.incident}` }, `#${d.incident}`)] : "",
		d.step ? `, step ${d.step}` : "",
		d.attempts.length > 0
			? `, ${d.attempts.length} attempt${d.attempts.length === 1 ? "" : "s"}`
			: "",
		last && last.detail ? `: ${last.detail}` : "",
		" ",
		d.state === "waiting" ? when(d.next_at, "next") : when(last ? last.at : d.created_at),
		may && (d.state === "failed" || d.state === "delivered") && d.incident
			? [
					" ",
					h(
						"button",
						{
							type: "button",
							"data-key": `replay/${d.id}`,
							onclick: () => act("replay", d.incident, { delivery: d.id }),
						},
						"Send again"
					),
				]
			: "",
	];
}

function stageWords(d) {
	return clockName({ regime: d.regime, stage: d.stage });
}

function tile(words, n, kind) {
	return h(
		"li",
		{ class: "tile", "data-tile": n > 0 ? kind : "calm" },
		h("strong", null, n),
		" ",
		words
	);
}

function tiles(data, at) {
	const real = data.clocks.filter((c) => !c.drill && c.state === "running");
	const kinds = real.map((c) => urgency(c, at));
	const count = (kind) => kinds.filter((k) => k === kind).length;

	return h(
		"ul",
		{ class: "tiles", "aria-label": "In short" },
		tile("overdue", count("overdue"), "overdue"),
		tile("urgent", count("urgent"), "urgent"),
		tile("running", real.length, "running"),
		tile(
			"suspected",
			data.incidents.filter((i) => i.state === "suspected" && !i.drill).length,
			"soon"
		),
		tile("not delivered", data.undelivered.length, "urgent")
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
				incidentSection(
					"incidents",
					"Incidents",
					data.incidents.filter((i) => !i.drill),
					charts
				),
				incidentSection(
					"drill-incidents",
					"Drills: incidents",
					data.incidents.filter((i) => i.drill),
					charts
				),
				h(
					"section",
					{ "aria-labelledby": "health" },
					h("h2", { id: "health" }, "Health"),
					h(
						"div",
						{ class: "card" },
						h("h3", null, "Channels"),
						channels(data.status),
						h("h3", null, "Sources"),
						sources(data.status),
						h("h3", null, "Notices not delivered"),
						undelivered(data.undelivered, may),
						data.status.oldest_undelivered_at
							? h(
									"p",
									{ class: "small" },
									`The oldest has waited for ${length(now() - time(data.status.oldest_undelivered_at))}.`
								)
							: null
					)
				)
			)
		),
	];
}
