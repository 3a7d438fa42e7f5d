// Asking the daemon. Addresses are relative, so that a proxy may put a path before ours.

import { learnTime } from "./time.js";

export class Refused extends Error {
	constructor(status, problem) {
		super(problem.detail || problem.title || `the answer was ${status}`);
		this.status = status;
		this.errors = problem.errors || [];
	}
}

export async function ask(method, path, body, headers) {
	const sent = Date.now();
	const answer = await fetch(path, {
		method,
		credentials: "same-origin",
		cache: "no-store",
		redirect: "error",
		headers: {
			"X-Tocsin-Session": "1",
			...(body === undefined ? {} : { "Content-Type": "application/json" }),
			...headers,
		},
		body: body === undefined ? undefined : JSON.stringify(body),
	});

	learnTime(answer.headers.get("Date"), sent, Date.now());
	if (answer.status === 204) return null;
	const type = answer.headers.get("Content-Type") || "";

	if (!answer.ok)
		throw new Refused(answer.status, type.includes("json") ? await answer.json() : {});
	return type.includes("ndjson") ? readLines(await answer.text()) : answer.json();
}

function readLines(text) {
	return text
		.split("\n")
		.filter((line) => line)
		.map((line) => JSON.parse(line));
}

export const get = (path) => ask("GET", path);

// All pages of a list, up to so many.
export async function list(path, name, most = 2000) {
	const found = [];
	let next = "";

	do {
		const mark = path.includes("?") ? "&" : "?";
		const page = await get(
			`${path}${mark}limit=1000${next && `&cursor=${encodeURIComponent(next)}`}`
		);

		found.push(...page[name]);
		next = page.next || "";
	} while (next && found.length < most);
	return found;
}

export function randomKey() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
		byte.toString(16).padStart(2, "0")
	).join("");
}
