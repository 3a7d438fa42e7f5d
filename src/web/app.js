// The page: who is signed in, what is shown, and asking again. A turn asks for everything
// that is shown; in between only what counts down is touched, once a second.

import { byId, h, replace, setText } from "./dom.js";
import { ask, get, list } from "./api.js";
import { clockError, clockHere, length, now, utc, zoneName } from "./time.js";
import { clockName, urgency } from "./words.js";
import { board } from "./board.js";
import { tick } from "./parts.js";
import { incidentPage, titleOf } from "./incident.js";
import { forgetName, onRecorded } from "./actions.js";

const EVERY_MS = 10000,
	STALE_MS = 45000,
	REDRAW_MS = 60000,
	RENEW_MS = 3600000;

const state = {
	who: null,
	shown: "",
	heard: 0,
	trouble: "",
	data: null,
	charts: [],
	overdue: null,
	asking: 0,
	timer: 0,
	standing: "",
	drawn: 0,
	renewed: 0,
};

function may() {
	return state.who !== null && (state.who.role === "operate" || state.who.role === "admin");
}

function announce(words) {
	setText(byId("announce"), words);
}

// ---- what is asked for -----------------------------------------------------------------

async function readBoard() {
	const [clocks, incidents, status, waiting, failed] = await Promise.all([
		list("v1/clocks", "clocks"),
		list("v1/incidents", "incidents", 200),
		get("v1/status"),
		list("v1/deliveries?state=waiting", "deliveries", 200),
		get("v1/deliveries?state=failed&limit=20"),
	]);
	const late = waiting.filter((d) => d.attempts.length > 0 && d.kind !== "acknowledged");
	const open = new Set(incidents.map((i) => i.id));
	const lost = failed.deliveries.filter((d) => !d.incident || open.has(d.incident));

	return { clocks, incidents, status, undelivered: [...late, ...lost] };
}

async function readIncident(id) {
	const [incident, deliveries, journal] = await Promise.all([
		get(`v1/incidents/${id}`),
		list(`v1/deliveries?incident=${id}`, "deliveries", 500),
		get(`v1/incidents/${id}/journal?limit=10000`),
	]);

	return {
		incident,
		deliveries,
		journal,
		drill: incident.drill ? await get(`v1/incidents/${id}/drill`) : null,
	};
}

function place() {
	const found = /^#\/incidents\/([1-9][0-9]{0,18})$/.exec(location.hash);

	return found ? { name: "incident", id: found[1] } : { name: "board" };
}

// ---- what is shown ----------------------------------------------------------------------

// How urgent each clock is: the page is drawn anew when one of them passes a mark.
function standing(at) {
	return clocksShown()
		.map((c) => urgency(c, at))
		.join();
}

function draw(where, data) {
	const view = byId("view"),
		text = JSON.stringify([where, data]);

	if (text === state.shown) return;
	const fresh = JSON.stringify(where) !== JSON.stringify(state.where);

	for (const chart of state.charts) chart.stop();
	state.charts = [];
	state.shown = text;
	state.where = where;
	state.data = data;
	state.standing = standing(now());
	state.drawn = now();
	replace(
		view,
		where.name === "incident"
			? incidentPage(data, may(), state.charts)
			: board(data, may(), state.charts)
	);
	tick(document, now());
	if (fresh && where.name === "incident") {
		scrollTo(0, 0);
		byId("title").focus({ preventScroll: true });
	}
}

function clocksShown() {
	if (!state.data) return [];
	return (
		state.data.clocks ||
		state.data.incident.clocks.map((c) => ({
			...c,
			incident: state.data.incident.id,
			drill: state.data.incident.drill,
		}))
	);
}

// Said once for each clock that becomes overdue while the page is open.
function noticeOverdue(at) {
	const over = clocksShown().filter((c) => c.state === "running" && urgency(c, at) === "overdue");
	const keys = new Set(over.map((c) => `${c.incident}/${c.regime}/${c.stage}`));

	if (state.overdue !== null) {
		const fresh = over.filter(
			(c) => !state.overdue.has(`${c.incident}/${c.regime}/${c.stage}`)
		);

		if (fresh.length > 0)
			announce(
				`Overdue: ${fresh.map((c) => `${c.drill ? "drill, " : ""}${clockName(c)} of incident ${c.incident}`).join("; ")}`
			);
	}
	state.overdue = new Set([...(state.overdue || []), ...keys]);
	return over.filter((c) => !c.drill).length;
}

function showTitle(over) {
	const name = state.data && state.data.incident ? titleOf(state.data.incident) : "tocsin";

	document.title = over > 0 ? `(${over} OVERDUE) ${name}` : name;
}

function showLink() {
	const link = byId("link"),
		silent = Date.now() - state.heard;
	const lost = state.who !== null && (state.trouble !== "" || silent > STALE_MS);
	const skew = clockError();

	link.dataset.link = lost ? "lost" : "up";
	setText(
		link,
		lost
			? `✖ NOT UP TO DATE for ${length(silent)}: ${state.trouble || "no answer"}`
			: skew
				? `▲ this computer's clock is ${length(skew)} ${skew > 0 ? "ahead" : "behind"}; the times left are right`
				: state.who
					? "✓ up to date"
					: ""
	);
}

function second() {
	const at = now();

	setText(byId("now"), `${clockHere(at)} ${zoneName(at)} · ${utc(at).slice(11)}`);
	showLink();
	if (state.who === null) return;
	if (state.data && standing(at) !== state.standing) {
		state.shown = "";
		draw(state.where, state.data);
	}
	if (at - state.drawn > REDRAW_MS) {
		state.drawn = at;
		for (const chart of state.charts) chart.draw();
	}
	tick(document, at);
	showTitle(noticeOverdue(at));
}

// A session that may only look goes on while its page is open: the one on the wall.
async function renew() {
	if (Date.now() - state.renewed < RENEW_MS) return;
	state.renewed = Date.now();
	await get("v1/session");
}

function showFoot(status) {
	if (status)
		setText(
			byId("foot"),
			`tocsin ${status.version} · journal ${status.journal.seq} ${status.journal.hash.slice(0, 16)}… · ${status.rules.length} regimes` +
				(status.next_wakeup_at
					? ` · next wake-up ${utc(Date.parse(status.next_wakeup_at))}`
					: "")
		);
}

// ---- asking again -------------------------------------------------------------------------

async function turn() {
	const where = place(),
		mine = ++state.asking;

	clearTimeout(state.timer);
	try {
		await renew();
		const data = where.name === "incident" ? await readIncident(where.id) : await readBoard();

		if (mine !== state.asking) return;
		state.heard = Date.now();
		state.trouble = "";
		if (data.status) {
			showFoot(data.status);
			// What changes with every look is no reason to draw anew.
			data.status = {
				channels: data.status.channels,
				clock: { state: (data.status.clock || {}).state },
				sources: data.status.sources,
				oldest_undelivered_at: data.status.oldest_undelivered_at,
			};
		}
		draw(where, data);
	} catch (error) {
		if (mine !== state.asking) return;
		if (error.status === 401) {
			signedOut("You have been signed out.");
			return;
		}
		state.trouble = error.status ? error.message : "the daemon does not answer";
		if (error.status === 404 && where.name === "incident")
			replace(
				byId("view"),
				h("p", { class: "note" }, "There is no such incident, or it is none of yours. "),
				h("p", null, h("a", { href: "#/" }, "All clocks"))
			);
	}
	second();
	state.timer = setTimeout(turn, EVERY_MS);
}

// ---- signing in and out ---------------------------------------------------------------------

function signedIn(who) {
	state.who = who;
	state.heard = state.renewed = Date.now();
	byId("sign-in").hidden = true;
	byId("view").hidden = false;
	byId("who").hidden = false;
	setText(byId("who-name"), `${who.actor} · ${who.role}`);
	turn();
}

function signedOut(words) {
	state.who = null;
	state.asking++;
	clearTimeout(state.timer);
	state.shown = "";
	state.where = null;
	state.data = null;
	state.overdue = null;
	for (const chart of state.charts) chart.stop();
	state.charts = [];
	if (byId("dialog").open) byId("dialog").close();
	byId("view").replaceChildren();
	byId("view").hidden = true;
	byId("who").hidden = true;
	setText(byId("foot"), "");
	byId("sign-in").hidden = false;
	setText(byId("sign-in-error"), words);
	document.title = "tocsin";
	byId("token").focus();
	second();
}

async function signIn(event) {
	const field = byId("token");

	event.preventDefault();
	setText(byId("sign-in-error"), "");
	try {
		const who = await ask("POST", "v1/session", { token: field.value.trim() });

		field.value = "";
		signedIn(who);
		byId("main").focus();
	} catch (error) {
		setText(
			byId("sign-in-error"),
			error.status ? `Not signed in: ${error.message}.` : "The daemon does not answer."
		);
		field.select();
	}
}

async function signOut() {
	try {
		await ask("DELETE", "v1/session");
	} catch {
		// Gone already, or not to be reached: the page forgets it either way.
	}
	forgetName();
	signedOut("");
}

async function start() {
	byId("sign-in-form").addEventListener("submit", signIn);
	byId("sign-out").addEventListener("click", signOut);
	addEventListener("hashchange", () => state.who && turn());
	document.addEventListener("visibilitychange", () => !document.hidden && state.who && turn());
	onRecorded((words) => {
		announce(words);
		turn();
	});
	setInterval(second, 1000);
	try {
		signedIn(await get("v1/session"));
	} catch (error) {
		signedOut(error.status === 401 ? "" : "The daemon does not answer.");
	}
}

start();
