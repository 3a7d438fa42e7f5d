// What a person may record: one dialog for all of it. Each asks who says so and why, and
// shows what would come of it before it is recorded: the daemon runs the very command and
// undoes it (?preview=1), so that the page decides nothing by itself.

import { append, byId, h, setText } from "./dom.js";
import { ask, get, randomKey, Refused } from "./api.js";
import { fromInput, hereLong, now, toInput, utc } from "./time.js";
import { clockName, findClock, isAssessment, stageName, STATES, time } from "./words.js";

const PREVIEW_MS = 350, NAME_KEY = "tocsin-name", WORDS_ONLY = ["by", "basis", "recipient", "reference"];

let after = () => {};

export function onRecorded(fn) {
	after = fn;
}

export function forgetName() {
	localStorage.removeItem(NAME_KEY);
}

// ---- fields ------------------------------------------------------------------------

function text(name, words, props = {}) {
	return { name, words, make: (id) => h("input", { id, type: "text", maxlength: 200, autocomplete: "off", ...props }) };
}

function reason(words = "Why", required = true) {
	return { name: "basis", words, make: (id) => h("textarea", { id, rows: 3, maxlength: 4000, required }) };
}

function by() {
	return text("by", "Your name", { required: true, autocomplete: "name", value: localStorage.getItem(NAME_KEY) || "" });
}

// A time in the viewer's zone; what it is in UTC stands below it.
function instant(name, words, value, required = true) {
	return {
		name, words,
		make: (id) => h("input", { id, type: "datetime-local", step: 60, required, value: value === null ? "" : toInput(value) }),
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
		name, words,
		make: (id) => h("select", { id, value }, options.map(([key, label]) => h("option", { value: key, selected: key === value }, label))),
	};
}

function tick(name, words) {
	return { name, words, box: true, make: (id) => h("input", { id, type: "checkbox" }), read: (input) => input.checked || undefined };
}

function stageChoice(incident, given, states) {
	const clocks = incident.clocks.filter((c) => !isAssessment(c) && states.includes(c.state))
		.sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
	const key = (c) => `${c.regime} ${c.stage}`;
	const wanted = clocks.find((c) => c.regime === given.regime && c.stage === given.stage);

	return {
		...choice("clock", "Report", clocks.map((c) => [key(c), `${clockName(c)} (${STATES[c.state]})`]), key(wanted || clocks[0] || {})),
		put: (body, value) => {
			[body.regime, body.stage] = value.split(" ");
		},
	};
}

// The document stays on this machine: only its digest is recorded.
function documentDigest() {
	if (!crypto.subtle)
		return null;
	const field = {
		name: "digest", words: "The document that was handed in (only its SHA-256 is recorded)",
		make: (id) => h("input", { id, type: "file" }),
		read: () => field.digest,
		changed: async (input) => {
			const file = input.files[0];

			field.digest = undefined;
			if (file) {
				const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));

				field.digest = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
			}
		},
		note: () => field.digest || "",
	};
	return field;
}

// ---- the kinds -----------------------------------------------------------------------

const EVENTS = [["aware", "awareness"], ["handled", "handled"], ["occurred", "occurred"], ["detected", "detected"],
	["classified", "classified as significant or major"], ["requested", "a report was requested"], ["recovered", "recovered"],
	["fix-available", "a fix is available"], ["impact-ended", "the impact has ended"], ["reclassified", "reclassified"]];

export const DETAILS = [["suspected-malicious", "suspected unlawful or malicious (yes, no, unknown)"],
	["cross-border", "cross-border impact (yes, no, unknown)"], ["member-states", "Member States concerned"], ["nature", "nature of the incident"],
	["severity", "severity, as assessed"], ["impact", "impact"], ["affected", "persons and services affected"],
	["indicators", "indicators of compromise"], ["root-cause", "type of threat or root cause"], ["mitigation", "measures, applied and ongoing"],
	["user-measures", "measures that users can take"], ["status", "state of the handling"], ["contact", "contact"],
	["tlp", "TLP (CLEAR, GREEN, AMBER, AMBER+STRICT, RED)"]];

function recipient(incident, regime) {
	const item = incident.route && incident.route[regime] && incident.route[regime].recipient;

	// What is not sure is not put into anybody's mouth.
	return item && item.trust === "fact" ? item.value : "";
}

function eventKind(type, title, words) {
	return {
		title, path: "events",
		fields: (incident) => {
			const known = incident.events.some((e) => e.type === type && !e.replaced);

			return [instant("at", words, now()), by(), reason(), known ? tick("replaces", "It replaces what is recorded") : null];
		},
		fixed: () => ({ type }),
	};
}

const KINDS = {
	aware: eventKind("aware", "Record awareness", "Aware since"),
	handled: eventKind("handled", "Record that it is handled", "Handled at"),
	event: {
		title: "Record an event", path: "events",
		fields: () => [choice("type", "What", EVENTS, "aware"), instant("at", "When", now()), by(), reason(),
			tick("replaces", "It replaces what is recorded")],
	},
	acknowledge: {
		title: "Acknowledge", path: "acknowledgements",
		help: "“I have it”: reminders that may wait do so for a while, and begin again by themselves. It ends no clock.",
		fields: (incident, given) => [
			choice("stage", "For", [["", "every running clock"], ...incident.clocks.filter((c) => c.state === "running")
				.map((c) => [c.stage, clockName(c)])], given.stage || ""),
			choice("for", "For how long", [["PT15M", "15 minutes"], ["PT30M", "30 minutes"], ["PT1H", "1 hour"], ["PT2H", "2 hours"],
				["PT4H", "4 hours"], ["PT8H", "8 hours"]], "PT2H"), by()],
	},
	file: {
		title: "Record a filing", path: "filings",
		help: "tocsin hands nothing in: this records that it was done.",
		fields: (incident, given) => [stageChoice(incident, given, ["running", "pending", "filed", "filed-late"]),
			instant("filed_at", "Handed in at", now()), instant("received_at", "Received at, if that is confirmed", null, false), by(),
			text("recipient", "To whom", { required: true, maxlength: 500, value: recipient(incident, given.regime || incident.regimes[0]) }),
			text("reference", "Reference", { required: true, maxlength: 500 }), documentDigest(),
			tick("replaces", "It replaces what is recorded")],
	},
	waive: {
		title: "This report is not owed", path: "waivers",
		fields: (incident, given) => [stageChoice(incident, given, ["running", "pending"]), by(), reason("Why it is not owed")],
	},
	withdraw: {
		title: "A filing does not count", path: "withdrawals",
		fields: (incident, given) => [stageChoice(incident, given, ["filed", "filed-late"]), by(), reason("Why it does not count")],
	},
	dismiss: {
		title: "Dismiss: not significant", path: "dismissal",
		help: "Every clock becomes void. Nothing is deleted.",
		fields: () => [by(), reason("Why it is not significant")],
	},
	confirm: {
		title: "Confirm what waits for a second person", path: "confirmations",
		fields: () => [by(), reason("Why, if there is something to say", false)],
		fixed: (incident) => ({
			proposed: incident.clocks.filter((c) => c.proposed).map((c) => ({
				regime: c.regime, stage: c.stage, state: c.proposed.state,
				...(c.proposed.due_at ? { due_at: c.proposed.due_at } : {}),
			})),
		}),
	},
	detail: {
		title: "Details for the reports", path: "details", blind: true,
		help: "Drafts have it where the law asks for it. An empty value takes back what is recorded. No clock hangs on it.",
		fields: () => [choice("name", "What", DETAILS, "impact"),
			{ name: "value", words: "What is known", make: (id) => h("textarea", { id, rows: 5, maxlength: 16000 }) },
			choice("certainty", "It is", [["", "not said"], ["actual", "actual"], ["estimate", "an estimate"]], ""), by()],
	},
	replay: {
		title: "Send this notice again", at: (incident, given) => `v1/deliveries/${encodeURIComponent(given.delivery)}/replay`,
		fields: () => [by(), reason("Why", false)], blind: true,
	},
};

// ---- what would come of it --------------------------------------------------------------

function date(at) {
	return [h("time", { datetime: at }, hereLong(time(at))), ` (${utc(time(at))})`];
}

function clockEffect(old, clock) {
	const name = h("strong", null, clockName(clock));

	if (clock.proposed && (!old || JSON.stringify(old.proposed) !== JSON.stringify(clock.proposed)))
		return [name, " stays as it is; ", clock.proposed.due_at ? ["that it moves to ", date(clock.proposed.due_at)] :
			`that it is ${STATES[clock.proposed.state] || clock.proposed.state}`, " waits for a second person"];
	if (!old || old.state !== clock.state) {
		if (clock.state === "running")
			return [name, " starts, due ", date(clock.due_at)];
		return [name, ` is ${STATES[clock.state]}`, clock.arguable ? ", which can still be argued" : "",
			clock.unconfirmed ? "; its receipt is not confirmed" : ""];
	}
	if (old.due_at !== clock.due_at && clock.due_at)
		return [name, " moves to ", date(clock.due_at), old.due_at ? [", from ", date(old.due_at)] : ""];
	if (old.planned_at !== clock.planned_at && clock.planned_at)
		return [name, " will be due not before ", date(clock.planned_at)];
	return null;
}

export function effects(before, answer) {
	if (answer.until)
		return [["Reminders that may wait do so until ", date(answer.until)]];
	const found = [];

	for (const clock of answer.clocks || []) {
		const words = clockEffect(findClock(before.clocks, clock.regime, clock.stage), clock);

		if (words)
			found.push(words);
	}
	if (answer.state && answer.state !== before.state)
		found.push(["The incident becomes ", h("strong", null, STATES[answer.state])]);
	return found.length > 0 ? found : [["No clock changes"]];
}

function showProblem(form, error) {
	const list = form.querySelector(".effect");

	for (const node of form.querySelectorAll("[aria-invalid]"))
		node.removeAttribute("aria-invalid");
	for (const e of error.errors || []) {
		const input = form.querySelector(`[data-name="${CSS.escape((e.pointer || "").slice(1))}"]`);

		if (input)
			input.setAttribute("aria-invalid", "true");
	}
	const words = (error.errors || []).map((e) => `${stageName((e.pointer || "").slice(1).replaceAll("_", " "))} ${e.detail}`.trim());

	list.replaceChildren();
	append(list, [h("li", { class: "error" }, `It would be refused: ${words.length > 0 ? words.join("; ") : error.message}`)]);
}

// ---- the dialog -------------------------------------------------------------------------

class Form {
	constructor(kind, incident, given) {
		this.kind = KINDS[kind];
		this.incident = incident;
		this.given = given;
		this.fields = this.kind.fields(incident, given).filter((f) => f);
		this.key = null;
		this.asked = 0;
		this.timer = 0;
	}

	path() {
		return this.kind.at ? this.kind.at(this.incident, this.given) : `v1/incidents/${this.incident.id}/${this.kind.path}`;
	}

	body() {
		const body = { ...(this.kind.fixed ? this.kind.fixed(this.incident) : {}) };

		for (const f of this.fields) {
			const value = f.read ? f.read(f.input) : f.input.value.trim();

			if (value === undefined || value === "")
				continue;
			if (f.put)
				f.put(body, value);
			else
				body[f.name] = value;
		}
		return body;
	}

	changed(field) {
		this.key = null;
		clearTimeout(this.timer);
		this.timer = setTimeout(async () => {
			if (field && field.changed)
				await field.changed(field.input);
			for (const f of this.fields)
				if (f.note)
					setText(f.noteNode, f.note(f.input));
			this.preview();
		}, PREVIEW_MS);
	}

	// Only what is whole is asked about; the last question is the one whose answer counts.
	async preview() {
		const list = this.form.querySelector(".effect"), mine = ++this.asked;

		if (this.kind.blind)
			return;
		const missing = this.fields.filter((f) => f.input.required && !f.input.value.trim() && !WORDS_ONLY.includes(f.name));

		if (missing.length > 0) {
			list.replaceChildren(h("li", null, `Shown when this is given: ${missing.map((f) => f.words.toLowerCase()).join(", ")}.`));
			return;
		}
		try {
			const answer = await ask("POST", `${this.path()}?preview=1`, { ...this.body(), ...this.standIns() });

			if (mine !== this.asked)
				return;
			list.replaceChildren();
			append(list, effects(this.incident, answer).map((words) => h("li", null, words)));
			for (const node of this.form.querySelectorAll("[aria-invalid]"))
				node.removeAttribute("aria-invalid");
		} catch (error) {
			if (mine === this.asked)
				showProblem(this.form, error);
		}
	}

	// What changes no date: the effect is shown before it is typed.
	standIns() {
		const found = {};

		for (const f of this.fields)
			if (WORDS_ONLY.includes(f.name) && f.input.required && !f.input.value.trim())
				found[f.name] = "preview";
		return found;
	}

	async submit() {
		const button = this.form.querySelector("button[type=submit]"), body = this.body();

		if (this.busy)
			return;
		this.busy = true;
		button.setAttribute("aria-disabled", "true");
		this.key = this.key || randomKey();
		try {
			const answer = await ask("POST", this.path(), body, { "Idempotency-Key": this.key });

			if (body.by)
				localStorage.setItem(NAME_KEY, body.by);
			byId("dialog").close();
			after(`Recorded: ${this.kind.title.toLowerCase()}`, answer);
		} catch (error) {
			showProblem(this.form, error instanceof Refused ? error :
				{ message: "the daemon does not answer; nothing is known to be recorded. Try again: it is recorded once." });
		} finally {
			this.busy = false;
			button.removeAttribute("aria-disabled");
		}
	}

	row(field, i) {
		const id = `field-${i}`;

		field.input = field.make(id);
		field.input.setAttribute("data-name", field.name);
		field.noteNode = h("span", { class: "help", id: `${id}-note` }, field.note ? field.note(field.input) : "");
		if (field.note)
			field.input.setAttribute("aria-describedby", `${id}-note`);
		field.input.addEventListener("input", () => this.changed(field));
		field.input.addEventListener("change", () => this.changed(field));
		return h("div", { class: field.box ? "field box" : "field" }, field.box ? [field.input, h("label", { for: id }, field.words)] :
			[h("label", { for: id }, field.words), field.input], field.note ? field.noteNode : null);
	}

	make() {
		this.form = h("form", { onsubmit: (e) => { e.preventDefault(); this.submit(); } },
			h("h2", { id: "dialog-title" }, this.incident.drill ? "DRILL: " : "", this.kind.title),
			h("p", null, `#${this.incident.id} ${this.incident.title}`),
			this.kind.help ? h("p", { class: "help" }, this.kind.help) : null,
			this.fields.map((f, i) => this.row(f, i)),
			this.kind.blind ? null : h("section", { class: "preview", "aria-labelledby": "effect-title" },
				h("h3", { id: "effect-title" }, "What will come of it"),
				h("div", { role: "status" }, h("ul", { class: "effect" }, h("li", null, "…")))),
			this.kind.blind ? h("div", { role: "status" }, h("ul", { class: "effect" })) : null,
			h("p", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, "Record it"),
				h("button", { type: "button", onclick: () => byId("dialog").close() }, "Cancel")));
		return this.form;
	}
}

export async function act(kind, id, given = {}) {
	const dialog = byId("dialog");
	let incident;

	try {
		incident = await get(`v1/incidents/${id}`);
	} catch (error) {
		after(`Not possible: ${error.message}`, null);
		return;
	}
	const form = new Form(kind, incident, given);

	dialog.replaceChildren(form.make());
	dialog.showModal();
	const first = form.fields.find((f) => !f.input.value && f.input.required) || form.fields[0];

	first.input.focus();
	form.preview();
}

// What can be done with an incident as it is.
export function possible(incident) {
	const has = (...states) => incident.clocks.some((c) => !isAssessment(c) && states.includes(c.state));
	const alive = incident.state === "suspected" || incident.state === "open";
	const found = [];

	if (incident.clocks.some((c) => c.proposed))
		found.push(["confirm", "Confirm what waits"]);
	if (incident.state === "suspected")
		found.push(["aware", "Record awareness"]);
	if (incident.clocks.some((c) => c.state === "running"))
		found.push(["acknowledge", "Acknowledge"]);
	if (incident.state !== "dismissed" && has("running", "pending", "filed", "filed-late"))
		found.push(["file", "Record a filing"]);
	if (incident.state !== "dismissed")
		found.push(["handled", "Handled"], ["event", "Another event"], ["detail", "Details for the reports"]);
	if (alive && has("running", "pending"))
		found.push(["waive", "Waive a report"]);
	if (incident.state !== "dismissed" && has("filed", "filed-late"))
		found.push(["withdraw", "A filing does not count"]);
	if (alive)
		found.push(["dismiss", "Dismiss"]);
	return found;
}
