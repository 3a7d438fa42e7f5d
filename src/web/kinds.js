// The kinds of records: what each asks for, and when it can be made.

import { h } from "./dom.js";
import { fromInput, now, toInput, utc } from "./time.js";
import { clockName, isAssessment, STATES } from "./words.js";

export const NAME_KEY = "tocsin-name";

// ---- fields ------------------------------------------------------------------------

function text(name, words, props = {}) {
	return {
		name,
		words,
		make: (id) =>
			h("input", { id, type: "text", maxlength: 200, autocomplete: "off", ...props }),
	};
}

function reason(words = "Why", required = true) {
	return {
		name: "basis",
		words,
		make: (id) => h("textarea", { id, rows: 3, maxlength: 4000, required }),
	};
}

function by() {
	return text("by", "Your name", {
		required: true,
		autocomplete: "name",
		value: localStorage.getItem(NAME_KEY) || "",
	});
}

// A time in the viewer's zone; what it is in UTC stands below it.
function instant(name, words, value, required = true) {
	return {
		name,
		words,
		make: (id) =>
			h("input", {
				id,
				type: "datetime-local",
				step: 60,
				required,
				value: value === null ? "" : toInput(value),
			}),
		read: (input) => {
			const at = input.value ? fromInput(input.value) : null;

			return at === null ? undefined : new Date(at).toISOString();
		},
		note: (input) => {
			const at = input.value ? fromInput(input.value) : null;

			return at === null ? "" : utc(at);
		},
	};
}

function choice(name, words, options, value) {
	return {
		name,
		words,
		make: (id) =>
			h(
				"select",
				{ id, value },
				options.map(([key, label]) =>
					h("option", { value: key, selected: key === value }, label)
				)
			),
	};
}

function tick(name, words) {
	return {
		name,
		words,
		box: true,
		make: (id) => h("input", { id, type: "checkbox" }),
		read: (input) => input.checked || undefined,
	};
}

function stageChoice(incident, given, states) {
	const clocks = incident.clocks
		.filter((c) => !isAssessment(c) && states.includes(c.state))
		.sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
	const key = (c) => `${c.regime} ${c.stage}`;
	const wanted = clocks.find((c) => c.regime === given.regime && c.stage === given.stage);

	return {
		...choice(
			"clock",
			"Report",
			clocks.map((c) => [key(c), `${clockName(c)} (${STATES[c.state]})`]),
			key(wanted || clocks[0] || {})
		),
		put: (body, value) => {
			[body.regime, body.stage] = value.split(" ");
		},
	};
}

// The document stays on this machine: only its digest is recorded.
function documentDigest() {
	if (!crypto.subtle) return null;
	const field = {
		name: "digest",
		words: "The document that was handed in (only its SHA-256 is recorded)",
		make: (id) => h("input", { id, type: "file" }),
		read: () => field.digest,
		changed: async (input) => {
			const file = input.files[0];

			field.digest = undefined;
			if (file) {
				const bytes = new Uint8Array(
					await crypto.subtle.digest("SHA-256", await file.arrayBuffer())
				);

				field.digest = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
			}
		},
		note: () => field.digest || "",
	};
	return field;
}

// ---- the kinds -----------------------------------------------------------------------

const EVENTS = [
	["aware", "awareness"],
	["handled", "handled"],
	["occurred", "occurred"],
	["detected", "detected"],
	["classified", "classified as significant or major"],
	["requested", "a report was requested"],
	["recovered", "recovered"],
	["fix-available", "a fix is available"],
	["impact-ended", "the impact has ended"],
	["ongoing", "it still goes on"],
	["reclassified", "found not to have been major at any time"],
];

const DETAILS = [
	["suspected-malicious", "suspected unlawful or malicious (yes, no, unknown)"],
	["cross-border", "cross-border impact (yes, no, unknown)"],
	["member-states", "Member States concerned"],
	["nature", "nature of the incident"],
	["severity", "severity, as assessed"],
	["impact", "impact"],
	["affected", "persons and services affected"],
	["indicators", "indicators of compromise"],
	["root-cause", "type of threat or root cause"],
	["mitigation", "measures, applied and ongoing"],
	["user-measures", "measures that users can take"],
	["status", "state of the handling"],
	["contact", "contact"],
	["tlp", "TLP (CLEAR, GREEN, AMBER, AMBER+STRICT, RED)"],
];

function recipient(incident, regime) {
	const item = incident.route && incident.route[regime] && incident.route[regime].recipient;

	// What is not sure is not put into anybody's mouth.
	return item && item.trust === "fact" ? item.value : "";
}

function eventKind(type, title, words) {
	return {
		title,
		path: "events",
		fields: (incident) => {
			const known = incident.events.some((e) => e.type === type && !e.replaced);

			return [
				instant("at", words, now()),
				by(),
				reason(),
				known ? tick("replaces", "It replaces what is recorded") : null,
			];
		},
		fixed: () => ({ type }),
	};
}

export const KINDS = {
	aware: eventKind("aware", "Record awareness", "Aware since"),
	handled: eventKind("handled", "Record that it is handled", "Handled at"),
	event: {
		title: "Record an event",
		path: "events",
		fields: () => [
			choice("type", "What", EVENTS, "aware"),
			instant("at", "When", now()),
			by(),
			reason(),
			tick("replaces", "It replaces what is recorded"),
		],
	},
	acknowledge: {
		title: "Acknowledge",
		path: "acknowledgements",
		help: "“I have it”: reminders that may wait do so for a while, and begin again by themselves. It ends no clock.",
		fields: (incident, given) => [
			choice(
				"stage",
				"For",
				[
					["", "every running clock"],
					...incident.clocks
						.filter((c) => c.state === "running")
						.map((c) => [c.stage, clockName(c)]),
				],
				given.stage || ""
			),
			choice(
				"for",
				"For how long",
				[
					["PT15M", "15 minutes"],
					["PT30M", "30 minutes"],
					["PT1H", "1 hour"],
					["PT2H", "2 hours"],
					["PT4H", "4 hours"],
					["PT8H", "8 hours"],
				],
				"PT2H"
			),
			by(),
		],
	},
	file: {
		title: "Record a filing",
		path: "filings",
		help: "tocsin hands nothing in: this records that it was done.",
		fields: (incident, given) => [
			stageChoice(incident, given, ["running", "pending", "filed", "filed-late"]),
			instant("filed_at", "Handed in at", now()),
			instant("received_at", "Received at, if that is confirmed", null, false),
			by(),
			text("recipient", "To whom", {
				required: true,
				maxlength: 500,
				value: recipient(incident, given.regime || incident.regimes[0]),
			}),
			text("reference", "Reference", { required: true, maxlength: 500 }),
			documentDigest(),
			tick("replaces", "It replaces what is recorded"),
		],
	},
	waive: {
		title: "This report is not owed",
		path: "waivers",
		fields: (incident, given) => [
			stageChoice(incident, given, ["running", "pending"]),
			by(),
			reason("Why it is not owed"),
		],
	},
	withdraw: {
		title: "A filing does not count",
		path: "withdrawals",
		fields: (incident, given) => [
			stageChoice(incident, given, ["filed", "filed-late"]),
			by(),
			reason("Why it does not count"),
		],
	},
	dismiss: {
		title: "Dismiss: not significant",
		path: "dismissal",
		help: "Every clock becomes void. Nothing is deleted.",
		fields: () => [by(), reason("Why it is not significant")],
	},
	confirm: {
		title: "Confirm what waits for a second person",
		path: "confirmations",
		fields: () => [by(), reason("Why, if there is something to say", false)],
		fixed: (incident) => ({
			proposed: incident.clocks
				.filter((c) => c.proposed)
				.map((c) => ({
					regime: c.regime,
					stage: c.stage,
					state: c.proposed.state,
					...(c.proposed.due_at ? { due_at: c.proposed.due_at } : {}),
				})),
		}),
	},
	detail: {
		title: "Details for the reports",
		path: "details",
		blind: true,
		help: "Drafts have it where the law asks for it. An empty value takes back what is recorded. No clock hangs on it.",
		fields: () => [
			choice("name", "What", DETAILS, "impact"),
			{
				name: "value",
				words: "What is known",
				make: (id) => h("textarea", { id, rows: 5, maxlength: 16000 }),
			},
			choice(
				"certainty",
				"It is",
				[
					["", "not said"],
					["actual", "actual"],
					["estimate", "an estimate"],
				],
				""
			),
			by(),
		],
	},
	replay: {
		title: "Send this notice again",
		at: (incident, given) => `v1/deliveries/${encodeURIComponent(given.delivery)}/replay`,
		fields: () => [by(), reason("Why", false)],
		blind: true,
	},
};

// What can be done with an incident as it is.
export function possible(incident) {
	const has = (...states) =>
		incident.clocks.some((c) => !isAssessment(c) && states.includes(c.state));
	const alive = incident.state === "suspected" || incident.state === "open";
	const found = [];

	if (incident.clocks.some((c) => c.proposed)) found.push(["confirm", "Confirm what waits"]);
	if (incident.state === "suspected") found.push(["aware", "Record awareness"]);
	if (incident.clocks.some((c) => c.state === "running"))
		found.push(["acknowledge", "Acknowledge"]);
	if (incident.state !== "dismissed" && has("running", "pending", "filed", "filed-late"))
		found.push(["file", "Record a filing"]);
	if (incident.state !== "dismissed")
		found.push(
			["handled", "Handled"],
			["event", "Another event"],
			["detail", "Details for the reports"]
		);
	if (alive && has("running", "pending")) found.push(["waive", "Waive a report"]);
	if (incident.state !== "dismissed" && has("filed", "filed-late"))
		found.push(["withdraw", "A filing does not count"]);
	if (alive) found.push(["dismiss", "Dismiss"]);
	return found;
}
