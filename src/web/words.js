// The words of the house, for people; and how urgent a clock is.

const REGIMES = {
	nis2: "NIS2",
	gdpr: "GDPR",
	dora: "DORA",
	cra: "CRA",
	cer: "CER",
	eidas: "eIDAS",
};

export function regimeName(name) {
	return REGIMES[name] || name;
}

export function stageName(stage) {
	return stage.replaceAll("-", " ");
}

// "NIS2 early warning"
export function clockName(clock) {
	if (clock.regime === "internal") return "Assessment of significance";
	return `${regimeName(clock.regime)} ${stageName(clock.stage)}`;
}

const CLAUSES = {
	occurred: "the time of the incident is known",
	detected: "it is detected",
	aware: "awareness is recorded",
	classified: "it is classified",
	requested: "it is requested",
	handled: "the incident is handled",
	recovered: "service has recovered",
	"fix-available": "a fix is available",
};

// "filing of the notification", "aware"
export function anchorName(anchor) {
	if (!anchor) return "";
	return anchor.startsWith("filed:")
		? `filing of the ${stageName(anchor.slice(6))}`
		: stageName(anchor);
}

// What a pending clock waits for: "starts when ..."
export function waitsFor(anchor) {
	if (!anchor) return "its anchor is known";
	if (anchor.startsWith("filed:")) return `the ${stageName(anchor.slice(6))} is filed`;
	return CLAUSES[anchor] || `${stageName(anchor)} is recorded`;
}

export const STATES = {
	suspected: "suspected",
	open: "open",
	closed: "closed",
	dismissed: "dismissed",
	pending: "not started",
	running: "running",
	filed: "filed",
	"filed-late": "filed late",
	waived: "waived",
	void: "void",
};

// Each has a sign and a word of its own; the colour only repeats them.
export const URGENCY = {
	overdue: { sign: "\u2716", word: "OVERDUE" },
	urgent: { sign: "\u25B2", word: "Urgent" },
	soon: { sign: "\u25C6", word: "Soon" },
	running: { sign: "\u25CF", word: "Running" },
	pending: { sign: "\u25CB", word: "Not started" },
	settled: { sign: "\u2713", word: "Settled" },
	ended: { sign: "\u2013", word: "Ended" },
};

export const time = (text) => (text ? Date.parse(text) : null);

// By the share of the period that is left, or the last hour.
export function urgency(clock, at) {
	if (clock.state === "pending") return "pending";
	if (clock.state !== "running") return clock.state.startsWith("filed") ? "settled" : "ended";
	const due = time(clock.due_at),
		anchor = time(clock.anchor_at);
	const left = due - at;

	if (left < 0) return "overdue";
	const period = anchor !== null && due > anchor ? due - anchor : left;

	if (left <= period / 4 || left <= 3600000) return "urgent";
	return left <= period / 2 ? "soon" : "running";
}

// What is no report that the law asks for now: a wish on request is not pressing.
export function isAssessment(clock) {
	return clock.regime === "internal";
}

export function findClock(clocks, regime, stage) {
	return (clocks || []).find((c) => c.regime === regime && c.stage === stage);
}
