// Instants and lengths of time, as people read them: in the viewer's zone, UTC beside it.
// What is left is counted by the daemon's clock, not by the viewer's, which may be wrong.

let offset = 0; // of the daemon's clock to ours, ms
let known = false;

// The header has whole seconds: a smaller difference is none.
export function learnTime(date, sent, received) {
	const theirs = Date.parse(date);

	if (Number.isNaN(theirs)) return;
	const difference = theirs + 500 - (sent + received) / 2;

	if (!known || Math.abs(difference - offset) > 1500)
		offset = Math.abs(difference) > 1500 ? difference : 0;
	known = true;
}

export function now() {
	return Date.now() + offset;
}

// How far the viewer's clock is off, ms; 0: not noticeably.
export function clockError() {
	return Math.abs(offset) > 30000 ? -offset : 0;
}

const pad = (n) => String(n).padStart(2, "0");
const DAY = 86400000,
	HOUR = 3600000,
	MINUTE = 60000;

// "2 d 04:12:33", "04:12:33": never rounded up.
export function countdown(ms) {
	const t = Math.floor(Math.abs(ms) / 1000);
	const days = Math.floor(t / 86400);
	const rest = `${pad(Math.floor(t / 3600) % 24)}:${pad(Math.floor(t / 60) % 60)}:${pad(t % 60)}`;

	return days > 0 ? `${days} d ${rest}` : rest;
}

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// "2 days 4 hours": for the ear.
export function spoken(ms) {
	const t = Math.abs(ms);

	if (t >= DAY)
		return `${plural(Math.floor(t / DAY), "day")} ${plural(Math.floor(t / HOUR) % 24, "hour")}`;
	if (t >= HOUR)
		return `${plural(Math.floor(t / HOUR), "hour")} ${plural(Math.floor(t / MINUTE) % 60, "minute")}`;
	if (t >= MINUTE) return plural(Math.floor(t / MINUTE), "minute");
	return "less than a minute";
}

// "2 d 4 h", "2 h 05 min", "45 s"
export function length(ms) {
	const t = Math.floor(Math.abs(ms) / 1000);

	if (t >= 86400) return `${Math.floor(t / 86400)} d ${Math.floor(t / 3600) % 24} h`;
	if (t >= 3600) return `${Math.floor(t / 3600)} h ${pad(Math.floor(t / 60) % 60)} min`;
	return t >= 60 ? `${Math.floor(t / 60)} min ${pad(t % 60)} s` : `${t} s`;
}

const format = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
const local = format({
	day: "numeric",
	month: "short",
	year: "numeric",
	hour: "2-digit",
	minute: "2-digit",
});
const long = format({
	day: "numeric",
	month: "long",
	year: "numeric",
	hour: "2-digit",
	minute: "2-digit",
});
const short = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const weekday = format({ weekday: "short" });
const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const zone = format({ timeZoneName: "short" });

// "Mon 23 Dec 2026, 15:42"
export function here(at) {
	return `${weekday.format(at)} ${local.format(at)}`;
}

// "23 December 2026 at 15:42"
export function hereLong(at) {
	return long.format(at);
}

export function hereShort(at) {
	return short.format(at);
}

export function clockHere(at) {
	return clock.format(at);
}

export function zoneName(at) {
	const part = zone.formatToParts(at).find((p) => p.type === "timeZoneName");

	return part ? part.value : "";
}

// "2026-12-23 14:42 UTC"
export function utc(at) {
	return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

// For <input type="datetime-local">, in the viewer's zone.
export function toInput(at) {
	const d = new Date(at);

	return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
}

export function fromInput(text) {
	const at = Date.parse(text);

	return Number.isNaN(at) ? null : at;
}
