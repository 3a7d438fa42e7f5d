// What a person may record: one dialog for all of it. Each asks who says so and why, and
// shows what would come of it before it is recorded: the daemon runs the very command and
// undoes it (?preview=1), so that the page decides nothing by itself.

import { append, byId, h, setText } from "./dom.js";
import { ask, get, randomKey, Refused } from "./api.js";
import { hereLong, utc } from "./time.js";
import { KINDS, NAME_KEY } from "./kinds.js";
import { clockName, findClock, stageName, STATES, time } from "./words.js";

const PREVIEW_MS = 350;
const WORDS_ONLY = ["by", "basis", "recipient", "reference"];

let after = () => {};

export function onRecorded(fn) {
	after = fn;
}

export function forgetName() {
	localStorage.removeItem(NAME_KEY);
}

// ---- what would come of it --------------------------------------------------------------

function date(at) {
	return [h("time", { datetime: at }, hereLong(time(at))), ` (${utc(time(at))})`];
}

function clockEffect(old, clock) {
	const name = h("strong", null, clockName(clock));

	if (clock.proposed && (!old || JSON.stringify(old.proposed) !== JSON.stringify(clock.proposed)))
		return [
			name,
			" stays as it is; ",
			clock.proposed.due_at
				? ["that it moves to ", date(clock.proposed.due_at)]
				: `that it is ${STATES[clock.proposed.state] || clock.proposed.state}`,
			" waits for a second person",
		];
	if (!old || old.state !== clock.state) {
		if (clock.state === "running") return [name, " starts, due ", date(clock.due_at)];
		return [
			name,
			` is ${STATES[clock.state]}`,
			clock.arguable ? ", which can still be argued" : "",
			clock.unconfirmed ? "; its receipt is not confirmed" : "",
		];
	}
	if (old.due_at !== clock.due_at && clock.due_at)
		return [
			name,
			" moves to ",
			date(clock.due_at),
			old.due_at ? [", from ", date(old.due_at)] : "",
		];
	if (old.planned_at !== clock.planned_at && clock.planned_at)
		return [name, " will be due not before ", date(clock.planned_at)];
	return null;
}

export function effects(before, answer) {
	if (answer.until) return [["Reminders that may wait do so until ", date(answer.until)]];
	const found = [];

	for (const clock of answer.clocks || []) {
		const words = clockEffect(findClock(before.clocks, clock.regime, clock.stage), clock);

		if (words) found.push(words);
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

		if (input) input.setAttribute("aria-invalid", "true");
	}
	const words = (error.errors || []).map((e) =>
		`${stageName((e.pointer || "").slice(1).replaceAll("_", " "))} ${e.detail}`.trim()
	);

	list.replaceChildren();
	append(list, [
		h(
			"li",
			{ class: "error" },
			`It would be refused: ${words.length > 0 ? words.join("; ") : error.message}`
		),
	]);
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
		return this.kind.at
			? this.kind.at(this.incident, this.given)
			: `v1/incidents/${this.incident.id}/${this.kind.path}`;
	}

	body() {
		const body = { ...(this.kind.fixed ? this.kind.fixed(this.incident) : {}) };

		for (const f of this.fields) {
			const value = f.read ? f.read(f.input) : f.input.value.trim();

			if (value === undefined || value === "") continue;
			if (f.put) f.put(body, value);
			else body[f.name] = value;
		}
		return body;
	}

	changed(field) {
		this.key = null;
		clearTimeout(this.timer);
		this.timer = setTimeout(async () => {
			if (field && field.changed) await field.changed(field.input);
			for (const f of this.fields) if (f.note) setText(f.noteNode, f.note(f.input));
			this.preview();
		}, PREVIEW_MS);
	}

	// Only what is whole is asked about; the last question is the one whose answer counts.
	async preview() {
		const list = this.form.querySelector(".effect"),
			mine = ++this.asked;

		if (this.kind.blind) return;
		const missing = this.fields.filter(
			(f) => f.input.required && !f.input.value.trim() && !WORDS_ONLY.includes(f.name)
		);

		if (missing.length > 0) {
			list.replaceChildren(
				h(
					"li",
					null,
					`Shown when this is given: ${missing.map((f) => f.words.toLowerCase()).join(", ")}.`
				)
			);
			return;
		}
		try {
			const answer = await ask("POST", `${this.path()}?preview=1`, {
				...this.body(),
				...this.standIns(),
			});

			if (mine !== this.asked) return;
			list.replaceChildren();
			append(
				list,
				effects(this.incident, answer).map((words) => h("li", null, words))
			);
			for (const node of this.form.querySelectorAll("[aria-invalid]"))
				node.removeAttribute("aria-invalid");
		} catch (error) {
			if (mine === this.asked) showProblem(this.form, error);
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
		const button = this.form.querySelector("button[type=submit]"),
			body = this.body();

		if (this.busy) return;
		this.busy = true;
		button.setAttribute("aria-disabled", "true");
		this.key = this.key || randomKey();
		try {
			const answer = await ask("POST", this.path(), body, { "Idempotency-Key": this.key });

			if (body.by) localStorage.setItem(NAME_KEY, body.by);
			byId("dialog").close();
			after(`Recorded: ${this.kind.title.toLowerCase()}`, answer);
		} catch (error) {
			showProblem(
				this.form,
				error instanceof Refused
					? error
					: {
							message:
								"the daemon does not answer; nothing is known to be recorded. Try again: it is recorded once.",
						}
			);
		} finally {
			this.busy = false;
			button.removeAttribute("aria-disabled");
		}
	}

	row(field, i) {
		const id = `field-${i}`;

		field.input = field.make(id);
		field.input.setAttribute("data-name", field.name);
		field.noteNode = h(
			"span",
			{ class: "help", id: `${id}-note` },
			field.note ? field.note(field.input) : ""
		);
		if (field.note) field.input.setAttribute("aria-describedby", `${id}-note`);
		field.input.addEventListener("input", () => this.changed(field));
		field.input.addEventListener("change", () => this.changed(field));
		return h(
			"div",
			{ class: field.box ? "field box" : "field" },
			field.box
				? [field.input, h("label", { for: id }, field.words)]
				: [h("label", { for: id }, field.words), field.input],
			field.note ? field.noteNode : null
		);
	}

	make() {
		this.form = h(
			"form",
			{
				onsubmit: (e) => {
					e.preventDefault();
					this.submit();
				},
			},
			h("h2", { id: "dialog-title" }, this.incident.drill ? "DRILL: " : "", this.kind.title),
			h("p", null, `#${this.incident.id} ${this.incident.title}`),
			this.kind.help ? h("p", { class: "help" }, this.kind.help) : null,
			this.fields.map((f, i) => this.row(f, i)),
			this.kind.blind
				? null
				: h(
						"section",
						{ class: "preview", "aria-labelledby": "effect-title" },
						h("h3", { id: "effect-title" }, "What will come of it"),
						h(
							"div",
							{ role: "status" },
							h("ul", { class: "effect" }, h("li", null, "…"))
						)
					),
			this.kind.blind ? h("div", { role: "status" }, h("ul", { class: "effect" })) : null,
			h(
				"p",
				{ class: "buttons" },
				h("button", { type: "submit", class: "primary" }, "Record it"),
				h("button", { type: "button", onclick: () => byId("dialog").close() }, "Cancel")
			)
		);
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
