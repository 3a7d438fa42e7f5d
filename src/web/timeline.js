// An incident as one timeline: events on top, a lane for each clock below, from its anchor
// to when it is due, on to the last instant that can be argued, with what was filed.
//
// A day and a month must both be readable, so that distances grow by the logarithm from
// awareness on; the marks at the foot say how far each is. The table below a timeline has
// all of it in words, so to a screen reader it is one picture with a name.

import { s } from "./dom.js";
import { hereShort, here } from "./time.js";
import { clockName, time, urgency, URGENCY, STATES, stageName, waitsFor } from "./words.js";

const HOUR = 3600000,
	DAY = 24 * HOUR,
	SOFT = 6 * HOUR;
const PAD = 14,
	LANE = 44,
	EVENT = 20,
	CHAR = 6.6;

function instants(incident, at) {
	const list = [time(incident.opened_at)];

	for (const e of incident.events) if (!e.replaced) list.push(time(e.at));
	for (const f of incident.filings) if (!f.replaced) list.push(time(f.filed_at));
	for (const c of incident.clocks)
		list.push(
			time(c.anchor_at),
			time(c.due_at),
			time(c.latest_at),
			time(c.planned_at),
			time(c.settled_at)
		);
	if (incident.state === "open" || incident.state === "suspected") list.push(at);
	return list.filter((t) => t !== null);
}

function originOf(incident) {
	const aware = incident.events.find((e) => e.type === "aware" && !e.replaced);

	return time((aware || {}).at || incident.opened_at);
}

function scale(incident, width, at) {
	const list = instants(incident, at),
		origin = originOf(incident);
	const soft = (t) => Math.sign(t - origin) * Math.log1p(Math.abs(t - origin) / SOFT);
	const low = Math.min(soft(Math.min(...list)), 0),
		high = Math.max(soft(Math.max(...list)), 0.1);
	// What went before awareness gets a seventh of the width at most, however long it was.
	const inner = width - 2 * PAD,
		before = Math.min(inner / 7, (-low / (high - low)) * inner);

	return {
		origin,
		first: Math.min(...list),
		last: Math.max(...list),
		x: (t) =>
			PAD +
			before +
			(t < origin ? (soft(t) / -low) * before : (soft(t) / high) * (inner - before)),
	};
}

// A label begins at its mark, or ends there where it would leave the picture.
function label(x, y, text, width, kind) {
	const room = Math.floor((width - 8) / CHAR);
	const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
	const end = x + cut.length * CHAR > width - 4;
	const left = Math.max(
		4,
		Math.min(end ? x - cut.length * CHAR : x, width - 4 - cut.length * CHAR)
	);

	return {
		node: s("text", { x: Math.round(left), y, class: kind }, cut),
		left,
		right: left + cut.length * CHAR,
	};
}

function eventMarks(incident, to, width) {
	const nodes = [],
		ends = [];
	const events = incident.events
		.filter((e) => !e.replaced)
		.sort((a, b) => time(a.at) - time(b.at));

	for (const e of events) {
		const x = to.x(time(e.at));
		const words = `${stageName(e.type)}${e.regime ? ` (${e.regime})` : ""} ${hereShort(time(e.at))}`;
		const probe = label(x + 6, 0, words, width, "t-event");
		let row = ends.findIndex((end) => end < probe.left - 8);

		if (row < 0) row = ends.push(0) - 1;
		ends[row] = probe.right;
		const placed = label(x + 6, 14 + row * EVENT, words, width, "t-event");

		nodes.push({ x, row, text: placed.node });
	}
	return { nodes, height: Math.max(1, ends.length) * EVENT + 8 };
}

// Where all are of one regime, each need not say which.
function laneWords(clock, filing, alone) {
	const name = alone && clock.regime !== "internal" ? stageName(clock.stage) : clockName(clock);

	if (filing) return `${name}: ${STATES[clock.state]} ${hereShort(time(filing.filed_at))}`;
	if (clock.state === "running") return `${name}: due ${hereShort(time(clock.due_at))}`;
	if (clock.state === "pending")
		return clock.planned_at
			? `${name}: not before ${hereShort(time(clock.planned_at))}`
			: `${name}: when ${waitsFor(clock.anchor)}`;
	return `${name}: ${STATES[clock.state]}`;
}

function bar(x1, x2, y, kind, height = 10) {
	return s("rect", {
		x: Math.min(x1, x2),
		y,
		width: Math.max(2, Math.abs(x2 - x1)),
		height,
		rx: 3,
		class: kind,
	});
}

function diamond(x, y, kind) {
	return s("path", { d: `M${x} ${y - 7}l7 7l-7 7l-7-7z`, class: kind });
}

function flag(x, y, kind) {
	return s("path", { d: `M${x} ${y - 9}v18M${x} ${y - 9}h8l-2 3l2 3h-8`, class: kind });
}

function lane(incident, clock, to, y, width, at) {
	const filing = filingOf(incident, clock);
	const nodes = [],
		kind = urgency(clock, at);
	const anchor = time(clock.anchor_at),
		due = time(clock.due_at);
	const latest = time(clock.latest_at),
		planned = time(clock.planned_at);
	const middle = y + 30;
	const start = anchor !== null ? anchor : to.origin;

	if (kind === "pending") {
		const end = planned !== null ? to.x(planned) : width - PAD;

		nodes.push(
			s("line", { x1: to.x(start), x2: end, y1: middle, y2: middle, class: "t-pending" })
		);
		if (planned !== null)
			nodes.push(s("circle", { cx: end, cy: middle, r: 5, class: "t-planned" }));
	} else if (due !== null) {
		nodes.push(bar(to.x(start), to.x(due), middle - 5, `t-bar t-${kind}`));
		if (latest !== null && latest > due)
			nodes.push(bar(to.x(due), to.x(latest), middle - 5, "t-latest"));
		if (kind === "overdue") nodes.push(bar(to.x(due), to.x(at), middle - 9, "t-over", 18));
		nodes.push(flag(to.x(due), middle, "t-due"));
	}
	if (filing)
		nodes.push(
			diamond(
				to.x(time(filing.filed_at)),
				middle,
				clock.state === "filed-late" ? "t-filed t-late" : "t-filed"
			)
		);
	const words = `${URGENCY[kind].sign} ${laneWords(clock, filing, incident.regimes.length === 1)}`;

	nodes.push(
		label(
			Math.max(4, due !== null ? to.x(start) : PAD),
			y + 14,
			words,
			width,
			`t-name t-name-${kind}`
		).node
	);
	return nodes;
}

// A mark gives way to the word "now".
function foot(to, y, width, nowAt) {
	const marks = [
		[HOUR, "1 h"],
		[DAY, "1 d"],
		[3 * DAY, "3 d"],
		[10 * DAY, "10 d"],
		[30 * DAY, "30 d"],
		[90 * DAY, "90 d"],
	];
	const nodes = [];
	const nowX = nowAt === null ? -100 : to.x(nowAt);
	let last = -100;

	for (const [after, words] of [[0, "0"], ...marks]) {
		const t = to.origin + after,
			x = to.x(t);
		const placed = label(x - 3, y + 14, after === 0 ? words : `+${words}`, width, "t-tick");

		if (t > to.last || t < to.first || placed.left < last + 6) continue;
		last = placed.right;
		nodes.push(s("line", { x1: x, x2: x, y1: 4, y2: y, class: "t-grid" }));
		if (Math.abs(x - nowX) > 38) nodes.push(placed.node);
	}
	return nodes;
}

function summary(incident, at) {
	const running = incident.clocks.filter((c) => c.state === "running");
	const over = running.filter((c) => urgency(c, at) === "overdue").length;
	const filed = incident.filings.filter((f) => !f.replaced).length;

	return (
		`Timeline of incident ${incident.id} from ${here(originOf(incident))}: ` +
		`${running.length} running, ${over} overdue, ${filed} filed. The table of clocks has the same in words.`
	);
}

export function filingOf(incident, clock) {
	const all = incident.filings.filter(
		(f) => !f.replaced && f.regime === clock.regime && f.stage === clock.stage
	);

	return all[all.length - 1];
}

export function timeline(incident, width, at) {
	const to = scale(incident, width, at);
	const events = eventMarks(incident, to, width);
	const clocks = incident.clocks.filter((c) => c.state !== "void" || filingOf(incident, c));
	const bottom = events.height + clocks.length * LANE + 6;
	const svg = s("svg", {
		class: "timeline",
		width,
		height: bottom + 20,
		viewBox: `0 0 ${width} ${bottom + 20}`,
		role: "img",
		"aria-label": summary(incident, at),
	});

	const alive = incident.state === "open" || incident.state === "suspected";

	svg.append(...foot(to, bottom, width, alive ? at : null));
	for (const e of events.nodes) {
		svg.append(
			s("line", { x1: e.x, x2: e.x, y1: 4 + e.row * EVENT, y2: bottom, class: "t-mark" }),
			e.text
		);
	}
	if (alive) {
		const x = to.x(at);

		svg.append(
			s("line", { x1: x, x2: x, y1: 4, y2: bottom, class: "t-now" }),
			label(x - 10, bottom + 14, "now", width, "t-tick t-now-word").node
		);
	}
	clocks.forEach((c, i) =>
		svg.append(...lane(incident, c, to, events.height + i * LANE, width, at))
	);
	return svg;
}

// Draws into a box whenever its width is another one.
export function drawInto(box, incident, at) {
	const draw = () => {
		const width = Math.floor(box.clientWidth);

		if (width > 0) box.replaceChildren(timeline(incident, width, at()));
	};
	const watch = new ResizeObserver(draw);

	watch.observe(box);
	return { draw, stop: () => watch.disconnect() };
}
