// An incident as one timeline: events on top, a lane for each clock below, from its anchor
// to when it is due, on to the last instant that can be argued, with what was filed.
//
// A day and a month must both be readable, so that distances grow by the logarithm from
// awareness on; the marks at the foot say how far each is. What is written lies over what
// is drawn, on a ground of its own, and no two labels share a place. The table below a
// timeline has all of it in words, so to a screen reader it is one picture with a name.

import { s } from "./dom.js";
import { hereShort, here } from "./time.js";
import { clockName, time, urgency, URGENCY, STATES, stageName, waitsFor } from "./words.js";

const HOUR = 3600000,
	DAY = 24 * HOUR,
	SOFT = 6 * HOUR;
const NARROW = 30; // widths of an m: below it words are short

// ---- where instants are ------------------------------------------------------------------

function instants(incident, clocks, at) {
	const list = [time(incident.opened_at)];

	for (const e of incident.events) if (!e.replaced) list.push(time(e.at));
	for (const f of incident.filings) if (!f.replaced) list.push(time(f.filed_at));
	for (const c of clocks)
		list.push(
			time(c.anchor_at),
			time(c.due_at),
			time(c.latest_at),
			time(c.planned_at),
			time(c.settled_at)
		);
	if (isAlive(incident)) list.push(at);
	return list.filter((t) => t !== null);
}

function isAlive(incident) {
	return incident.state === "open" || incident.state === "suspected";
}

function originOf(incident) {
	const aware = incident.events.find((e) => e.type === "aware" && !e.replaced);

	return time((aware || {}).at || incident.opened_at);
}

function scale(incident, clocks, width, pad, at) {
	const list = instants(incident, clocks, at),
		origin = originOf(incident);
	const soft = (t) => Math.sign(t - origin) * Math.log1p(Math.abs(t - origin) / SOFT);
	const low = Math.min(soft(Math.min(...list)), 0),
		high = Math.max(soft(Math.max(...list)), 0.1);
	// What went before awareness gets a seventh of the width at most, however long it was.
	const inner = width - 2 * pad,
		before = Math.min(inner / 7, (-low / (high - low)) * inner);

	return {
		origin,
		first: Math.min(...list),
		last: Math.max(...list),
		x: (t) =>
			pad +
			before +
			(t < origin ? (soft(t) / -low) * before : (soft(t) / high) * (inner - before)),
	};
}

// ---- pieces -----------------------------------------------------------------------------

const measure = document.createElement("canvas").getContext("2d");

// The size of its letters is the unit that everything in a picture is measured by.
function pen(box, width) {
	const { fontFamily, fontSize } = getComputedStyle(box);
	const em = parseFloat(fontSize);

	return {
		em,
		width,
		pad: em,
		narrow: width < NARROW * em,
		length: (text, bold) => {
			measure.font = `${bold ? "bold " : ""}${em}px ${fontFamily}`;
			return measure.measureText(text).width;
		},
	};
}

function cut(p, text, room, bold) {
	let part = text;

	while (part.length > 1 && p.length(part, bold) > room) part = `${part.slice(0, -2).trimEnd()}…`;
	return part;
}

// A label begins at its mark, or ends where it would leave the picture.
function label(p, x, y, text, kind, bold) {
	const words = cut(p, text, p.width - 8, bold);
	const length = p.length(words, bold);
	const left = Math.max(4, Math.min(x, p.width - 4 - length));

	return {
		node: s("text", { x: left.toFixed(1), y, class: kind }, words),
		left,
		right: left + length,
	};
}

function bar(x1, x2, y, kind, height) {
	return s("rect", {
		x: Math.min(x1, x2),
		y: y - height / 2,
		width: Math.max(2, Math.abs(x2 - x1)),
		height,
		rx: height / 4,
		class: kind,
	});
}

function diamond(p, x, y, kind) {
	const r = p.em * 0.6;

	return s("path", { d: `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`, class: kind });
}

// It flies to the left where there is no room.
function flag(p, x, y, kind) {
	const u = p.em * (x + p.em > p.width ? -0.75 : 0.75),
		v = p.em * 0.6;

	return s("path", {
		d: `M${x} ${y - v}v${2 * v}M${x} ${y - v}h${u}l${-u / 4} ${v / 3}l${u / 4} ${v / 3}h${-u}`,
		class: kind,
	});
}

// ---- events -----------------------------------------------------------------------------

function eventWords(e) {
	return `${stageName(e.type)}${e.regime ? ` (${e.regime})` : ""} ${hereShort(time(e.at))}`;
}

// Each label in the first row where it meets no other.
function eventMarks(incident, to, p) {
	const row = p.em * 1.5,
		marks = [],
		ends = [];
	const events = incident.events
		.filter((e) => !e.replaced)
		.sort((a, b) => time(a.at) - time(b.at));

	for (const e of events) {
		const x = to.x(time(e.at)),
			words = eventWords(e);
		const probe = label(p, x + p.em * 0.4, 0, words, "t-event");
		let at = ends.findIndex((end) => end < probe.left - p.em);

		if (at < 0) at = ends.push(0) - 1;
		ends[at] = probe.right;
		marks.push({
			x,
			top: at * row,
			text: label(p, x + p.em * 0.4, at * row + p.em, words, "t-event").node,
		});
	}
	return { marks, height: Math.max(1, ends.length) * row + p.em * 0.5 };
}

// ---- lanes ------------------------------------------------------------------------------

export function filingOf(incident, clock) {
	const all = incident.filings.filter(
		(f) => !f.replaced && f.regime === clock.regime && f.stage === clock.stage
	);

	return all[all.length - 1];
}

// Where all are of one regime, each need not say which.
function laneName(incident, clock, narrow) {
	if (clock.regime === "internal") return narrow ? "assessment" : clockName(clock);
	return incident.regimes.length === 1 ? stageName(clock.stage) : clockName(clock);
}

function laneWords(incident, clock, filing, narrow) {
	const name = laneName(incident, clock, narrow);

	if (filing) return `${name}: ${STATES[clock.state]} ${hereShort(time(filing.filed_at))}`;
	if (clock.state === "running") return `${name}: due ${hereShort(time(clock.due_at))}`;
	if (clock.state !== "pending") return `${name}: ${STATES[clock.state]}`;
	if (clock.planned_at)
		return narrow
			? `${name}: ≥ ${hereShort(time(clock.planned_at))}`
			: `${name}: not before ${hereShort(time(clock.planned_at))}`;
	return narrow ? `${name}: not started` : `${name}: when ${waitsFor(clock.anchor)}`;
}

function pendingLane(clock, to, y, p) {
	const anchor = time(clock.anchor_at),
		planned = time(clock.planned_at);
	const from = to.x(anchor !== null ? anchor : to.origin);
	const end = planned !== null ? to.x(planned) : p.width - p.pad;
	const line = s("line", { x1: from, x2: end, y1: y, y2: y, class: "t-pending" });

	if (planned === null) return [line];
	return [line, s("circle", { cx: end, cy: y, r: p.em * 0.4, class: "t-planned" })];
}

function datedLane(clock, kind, to, y, p, at) {
	const due = to.x(time(clock.due_at)),
		latest = time(clock.latest_at);
	const anchor = time(clock.anchor_at);
	const nodes = [
		bar(to.x(anchor !== null ? anchor : to.origin), due, y, `t-bar t-${kind}`, p.em * 0.85),
	];

	if (latest !== null && latest > time(clock.due_at))
		nodes.push(bar(due, to.x(latest), y, "t-latest", p.em * 0.85));
	if (kind === "overdue") nodes.push(bar(due, to.x(at), y, "t-over", p.em * 1.3));
	nodes.push(flag(p, due, y, "t-due"));
	return nodes;
}

function lane(incident, clock, to, y, p, at) {
	const filing = filingOf(incident, clock),
		kind = urgency(clock, at);
	const middle = y + p.em * 2.05,
		anchor = time(clock.anchor_at);
	const dated = kind !== "pending" && clock.due_at;
	const nodes =
		kind === "pending"
			? pendingLane(clock, to, middle, p)
			: dated
				? datedLane(clock, kind, to, middle, p, at)
				: [];

	if (filing)
		nodes.push(
			diamond(
				p,
				to.x(time(filing.filed_at)),
				middle,
				clock.state === "filed-late" ? "t-filed t-late" : "t-filed"
			)
		);
	const words = `${URGENCY[kind].sign} ${laneWords(incident, clock, filing, p.narrow)}`;
	const from = dated && anchor !== null ? to.x(anchor) : p.pad;
	const bold = kind === "overdue" || kind === "urgent";

	return {
		nodes,
		text: label(p, from, y + p.em * 1.2, words, `t-name t-name-${kind}`, bold).node,
	};
}

// ---- the foot ------------------------------------------------------------------------------

const MARKS = [
	[0, "0"],
	[HOUR, "+1 h"],
	[DAY, "+1 d"],
	[3 * DAY, "+3 d"],
	[10 * DAY, "+10 d"],
	[30 * DAY, "+30 d"],
	[90 * DAY, "+90 d"],
];

// A mark gives way to the word "now", and to the one before it.
function foot(to, y, p, nowAt) {
	const lines = [],
		texts = [];
	const base = y + p.em * 1.3;
	const nowWord =
		nowAt === null
			? null
			: label(p, to.x(nowAt) - p.em, base, "now", "t-tick t-now-word", true);
	let last = -100;

	for (const [after, words] of MARKS) {
		const t = to.origin + after,
			x = to.x(t);
		const placed = label(p, x - p.em * 0.3, base, words, "t-tick");

		if (t > to.last || t < to.first || placed.left < last + p.em) continue;
		lines.push(s("line", { x1: x, x2: x, y1: 4, y2: y, class: "t-grid" }));
		if (nowWord && placed.right > nowWord.left - p.em && placed.left < nowWord.right + p.em)
			continue;
		last = placed.right;
		texts.push(placed.node);
	}
	if (nowWord) {
		const x = to.x(nowAt);

		lines.push(s("line", { x1: x, x2: x, y1: 4, y2: y, class: "t-now" }));
		texts.push(nowWord.node);
	}
	return { lines, texts };
}

// ---- the whole ------------------------------------------------------------------------------

function summary(incident, at) {
	const running = incident.clocks.filter((c) => c.state === "running");
	const over = running.filter((c) => urgency(c, at) === "overdue").length;
	const filed = incident.filings.filter((f) => !f.replaced).length;

	return (
		`Timeline of incident ${incident.id} from ${here(originOf(incident))}: ` +
		`${running.length} running, ${over} overdue, ${filed} filed. The table of clocks has the same in words.`
	);
}

// In brief, what has no date yet is one line at the end instead of a lane each.
function sorted(incident, brief) {
	const shown = incident.clocks.filter((c) => c.state !== "void" || filingOf(incident, c));
	const waits = (c) => brief && c.state === "pending" && !c.planned_at;

	return { lanes: shown.filter((c) => !waits(c)), waiting: shown.filter(waits) };
}

export function timeline(incident, p, at, brief) {
	const { lanes, waiting } = sorted(incident, brief);
	const to = scale(incident, lanes, p.width, p.pad, at);
	const events = eventMarks(incident, to, p);
	const bottom = events.height + (lanes.length * 3 + 0.4) * p.em;
	const height = bottom + (waiting.length > 0 ? 3.6 : 1.8) * p.em;
	const marks = foot(to, bottom, p, isAlive(incident) ? at : null);
	const drawn = lanes.map((c, i) => lane(incident, c, to, events.height + i * 3 * p.em, p, at));

	return s(
		"svg",
		{
			class: "timeline",
			width: p.width,
			height,
			viewBox: `0 0 ${p.width} ${height}`,
			role: "img",
			"aria-label": summary(incident, at),
		},
		events.marks.map((e) =>
			s("line", { x1: e.x, x2: e.x, y1: e.top + 2, y2: bottom, class: "t-mark" })
		),
		marks.lines,
		drawn.map((d) => d.nodes),
		events.marks.map((e) => e.text),
		drawn.map((d) => d.text),
		marks.texts,
		waiting.length > 0
			? label(
					p,
					4,
					bottom + p.em * 3.2,
					`○ not started: ${waiting.map((c) => laneName(incident, c)).join(", ")}`,
					"t-tick"
				).node
			: null
	);
}

// Draws into a box whenever its width is another one.
export function drawInto(box, incident, at, brief) {
	const draw = () => {
		const width = Math.floor(box.clientWidth);

		if (width > 0) box.replaceChildren(timeline(incident, pen(box, width), at(), brief));
	};
	const watch = new ResizeObserver(draw);

	watch.observe(box);
	return { draw, stop: () => watch.disconnect() };
}
